/// The original model as it is: what every method must improve on.
method no_unlearning {
  start from original
}
