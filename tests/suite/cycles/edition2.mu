mu 7
//~ error edition: edition 7 is not known to this mu

let a = 1
