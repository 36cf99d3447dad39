"""The site that `bench.layers` starts: the product's, with a view of the bench in place of handing in."""

LAYER = "BENCH_LAYER"  # the variable that says how much of the work the view does
TRANSACTION, KEPT, COUNTED = 1, 2, 3
