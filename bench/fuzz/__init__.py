"""`make fuzz`: generated documents, mutated containers, and single slips in ticker lines.

`documents` throws generated documents at the kernel, `containers` mutated files at the readers,
`slips` tells how many single-character slips in a line are caught, and `guided` lets coverage lead
the mutations. Each is deterministic: a batch is known by its number, and found again by it.
"""
