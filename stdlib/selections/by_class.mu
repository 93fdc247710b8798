/// All samples of some classes, or a uniform draw of each.
selection by_class(
  /// Class numbers, from 0.
  classes: int | [int],
  budget: percent | samples > 0 = 100%
) builtin
