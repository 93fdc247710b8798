// The other one.
//~ error cycle: this `use` leads back to itself
//~ error cycle: this definition leads back to itself
use "./one.mu" as one

let x = one.a
