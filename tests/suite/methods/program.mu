//! Methods that are programs: what they are told, and what cannot be told.
mu 1

method told(rate: real > 0 = 0.1) =
  program("code/npo.py", files: ["code/lib/losses.py"], lr: rate, share: 10%, steps: [1, 2], name: "x", fast: true)

experiment fine {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { random = random(10%), worst = worst_case(10%, against: told) }
  unlearn = each [retrain, told, told(rate: each [0.2, 0.3]), ft then told, program("own.sh", command: "sh -e")]
  measure = [ua, ra]

  tune unlearn.lr over [1e-4, 1e-3] { minimize = avg_gap@validation }
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
//~ error cannot-weigh: `told` cannot be the lower level of a worst-case selection
    weighed = worst_case@paper(10%, against: told)
    longer  = worst_case(10%, against: told, epochs: 3 epochs)
//~ error cannot-weigh: `told` has not one phase whose length `epochs` could be
  }
  unlearn = each {
    set     = program("npo.py", of: retain)
//~ error unknown-name: nothing is called `retain`
    loss    = program("npo.py", rule: sgd(lr: 0.1))
//~ error wrong-type: `rule` is told to a program, and this is the optimizer `sgd`
    twice   = program("npo.py", lr: 1, lr: 2)
//~ error duplicate: `lr` is given twice
    more    = program("npo.py", 3)
//~ error wrong-type: `files` takes a list of strings
    silent  = program("npo.py", command: " ")
//~ error out-of-range: this command has no word
    outside = program("code/npo.py", files: ["utils.py"])
//~ error out-of-range: `utils.py` does not lie in the folder of `code/npo.py`, nor below it
    again   = program("npo.py", files: ["./npo.py"])
//~ error duplicate: `./npo.py` is one of its files already
    nothing = program
//~ error missing-field: `program` needs `file`
    added   = be then told
//~ error wrong-type: `told` is a program, and what runs before it adds a class
  }
  measure = [ua]
}

/// Only the library's builtins are the engine's.
method mine(x: int in 0..9) builtin
//~ error no-kernel: the engine has no method `mine`
