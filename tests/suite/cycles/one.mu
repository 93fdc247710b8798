// Files that use each other.
//~ error cycle: this `use` leads back to itself
use "./two.mu" as two

let a = b
//~ error cycle: this definition leads back to itself
let b = [a, 1]
let f(x) = f(x)
//~ error cycle: this definition leads back to itself
//~ error cycle: this definition leads back to itself
let g = f(1)
let h = two.x

metric m: percent = 100% - m
//~ error cycle: this definition leads back to itself
method n = n()
//~ error cycle: this definition leads back to itself
model o() {
  let c(x) = c(x)
//~ error unknown-name: nothing is called `c`
  c(1) -> o
}
selection s = s
//~ error cycle: this definition leads back to itself
