// Three broken places, three messages; what is between them is read.
let budget = 10 %%

experimnt typo {
}

experiment a {
  data: digits
  model = small_cnn
  train = training(5 epochs
  forget = random(10%)
  unlearn = retrain
  measure = [ua]
}

let name = "not closed
let fine = 3
