// Operators between things that do not go together.
let a = 10% + 3 epochs
//~ error wrong-type: `+` cannot stand between a percentage and a number of epochs
let b = 1 / 0
//~ error wrong-type: this divides by zero
let c = "text" * 2
//~ error wrong-type: `*` cannot stand between a string and a plain number
let d = not 3
//~ error wrong-type: `not` takes true or false, this is a plain number
let e = digits + ft
//~ error wrong-type: `+` cannot stand between the dataset `digits` and the method `ft`
let f = 3 < 4 and 2
//~ error wrong-type: `and` cannot stand between true or false and a plain number
let g = 2 * 3 epochs
let h = mean(1, 2, 3) + max(4, 5) - min(1, 2) * abs(-3)
let i = abs(1, 2)
//~ error wrong-type: `abs` cannot take 2 values
let j = log(1, 2)
//~ error wrong-type: `log` takes a range between two positive numbers and how many points, at least 2
let k = 0.5..3
//~ error wrong-type: a range goes between two whole numbers of one unit
let l = (1 < 2) and not (3 >= 4) or 1 != 1
let m = 10 epochs / 2 epochs
let n = [1, 2] + [3]
