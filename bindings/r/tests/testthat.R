library(testthat)
library(metalab)

test_check("metalab")
