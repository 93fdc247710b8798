use "./cycle.mu" as me

let a = b
let b = a
let a = 3
