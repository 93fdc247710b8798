/// All samples of some classes, or a uniform draw of each.
selection by_class(
  /// Class numbers, from 0.
  classes: int | [int in 0..10000000] in 0..10000000,
  budget: percent | samples > 0 = 100%
) builtin
