"""What tests share: pages rendered from figures, and warehouses built of them."""
