/// A program of yours: it is started with the original model's weights, the numbers of the samples to forget and to retain, and what
/// you tell it by name; the weights that it writes are the method's. Only a run starts it. What it finds and what it must leave is in
/// `docs/programs.md`.
method program(
  /// The file that is run: a `.py` by `python3`, any other by itself.
  file: path,
  /// What else it reads of its own, beside it or below: their bytes count as its own do.
  files: [path] = [],
  /// The words before the file's name that start it: `"python3 -O"`, `"Rscript"`.
  command: text | [text] | own = own,
  /// Numbers, texts, truth values or lists, by names of your own: `lr: 1e-4`.
  parameters: arguments
) builtin
