// What people bring from other languages.
let a = f(x = 1)
//~ error syntax: an argument is given with `:`
let b = [1 2]
//~ error syntax: a `,` is missing before this
let c = training(epochs 10)
//~ error syntax: a unit stands behind its number
let d = random(%10)
//~ error syntax: a unit stands behind its number
let e = sgd(lr: 0.1 momentum: 0.9)
//~ error syntax: a `,` is missing before this
let g = (1 + 2
//~ error unclosed: this `(` is never closed
let h = 3 +
//~ error syntax: `+` starts no item
let i =
//~ error syntax: the text ends too early
