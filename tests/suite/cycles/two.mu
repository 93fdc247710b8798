// The other one.
//~ error cycle: this `use` leads back to itself
//~ error cycle: this definition leads back to itself
//~ error unknown-name: nothing is called `c`
use "./one.mu" as one

let x = one.a
