/// All samples of a group: of an attribute's value, an identity, a source.
selection by_group(
  /// A file, as `from_file` reads it, with a whole number for every sample of the training part, in its order (of several columns,
  /// the one called `group`); or what the data set itself knows of its samples.
  groups: path | groups,
  /// The number, or numbers, of the samples that are forgotten.
  group: int | [int]
) builtin
