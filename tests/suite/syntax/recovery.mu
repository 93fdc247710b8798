// One broken block does not hide what is wrong in the next.
experimnt typo {
//~ error syntax: `experimnt` starts no item
}

experiment b {
  data: digits
//~ error syntax: a field is set with `=`
  model = small_cnn
  train = training(5 epochs
//~ error unclosed: this `(` is never closed
  forget = random(10 %%)
//~ error syntax: unexpected `%`
  unlearn = retrain
  measure = [uaa]
//~ error unknown-name: nothing is called `uaa`
}

let name = "not closed
//~ error unclosed: this string is not closed
let fine = 3
//~ warning unused: `fine` is never used
