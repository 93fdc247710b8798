//! Every method of the library on random and worst-case forget sets of 4 000 images of Fashion-MNIST. Learning rates are tuned on the
//! random set of one seed, by the smallest average gap to Retrain without test samples, and reused.
mu 1

use "./recipes.mu" as recipes

let budget = 10%
let b = 128 samples

experiment published_methods {
  data    = recipes.small_fashion
  model   = lenet
  train   = recipes.short
  forget  = each {
    random = random(budget)
    worst  = worst_case(budget)
  }
  unlearn = each {
    retrain       = retrain
    again         = retrain@again
    no_unlearning = no_unlearning
    ft            = ft(batch: b)
    ga            = ga(batch: b)
    rl            = rl(batch: b)
    eu_k          = eu_k(batch: b)
    cf_k          = cf_k(batch: b)
    scrub         = scrub(batch: b)
    l1_sparse     = l1_sparse(batch: b)
    bs            = bs(batch: b)
    be            = be(batch: b)
    salun         = salun(batch: b)
    neggrad_plus  = neggrad_plus(batch: b)
    graddiff_kl   = graddiff_kl(batch: b)
    ugradsl       = ugradsl(batch: b)
    uam           = uam(batch: b)
    sfr_on        = sfr_on(batch: b, rounds: 60 rounds)
    scrub_r       = scrub_r(batch: b)
    task_vector   = task_vector(batch: b)
    negmerge      = negmerge(batch: b)
    bad_teacher   = bad_teacher(batch: b)
    lotus         = lotus
    delete        = delete
    undial        = undial
    npo           = npo(batch: b)
    simnpo        = simnpo(batch: b)
    rmu           = rmu(batch: b)
    amun          = amun
    jit           = jit
    mu_mis        = mu_mis(batch: b)
    iu            = iu
    fisher        = fisher
    ssd           = ssd
    unsir         = unsir(batch: b)
    fcs           = fcs(batch: b)
    msg           = msg
    cfw           = cfw
    prmq          = prmq
    ct            = ct
    kde           = kde
    rni           = rni(tensors: 4, noisy: 2)
  }
  seed    = each 0..2
  measure = [ua, ra, ta, mia, avg_gap]

  tune unlearn.lr over [1e-4, 1e-3, 1e-2] {
    on       = forget == random and seed == 0
    minimize = avg_gap@validation
  }
}

table main {
  from      = published_methods
  rows      = unlearn
  columns   = forget * [ua, ra, ta, mia, avg_gap]
  cell      = mean ± std over seed
  highlight = best
  caption   = "Unlearning 10 % of Fashion-MNIST (4 000 images) under random and worst-case forget sets: every method of the library."
}
