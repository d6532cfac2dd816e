"""One chart a file: rows of a mart in, a Vega or Vega-Lite specification out."""
