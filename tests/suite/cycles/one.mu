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
