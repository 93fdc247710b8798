//! How far a procedure is, after an epoch: everything that the rest of it depends on. Orders, augmentations and other draws are
//! functions of seed and epoch, so they need no place in it.

use mu_step::Failure;
use tch::Tensor;

use super::course::{Kept, Way};
use super::entries::{Entries, Importance};
use super::interpret::Interpreter;
use super::keeper::{Head, Held, Keeper, Names};
use super::losses::Prepared;
use super::optimizer::Optimizer;
use super::waiting::{Best, Waiting};
use crate::artefact::Tensors;
use crate::nn::{Network, channels_last};

/// Where the tensors of a phase's course lie.
const AVERAGE: &str = "kept average";
const BEST: &str = "kept best";

fn pack(place: &str, entries: &Entries, tensors: &mut Tensors) -> Names {
    let mut names = Names::new();
    for (name, mask) in entries {
        names.push((name.clone(), mask.is_some()));
        if let Some(mask) = mask {
            tensors.insert(format!("{place} {name}"), mask.shallow_clone());
        }
    }
    names
}

fn unpack(place: &str, names: &Names, tensors: &Tensors) -> Entries {
    let mask = |name: &str| tensors.get(&format!("{place} {name}")).map(Tensor::shallow_clone);
    names.iter().map(|(name, masked)| (name.clone(), if *masked { mask(name) } else { None })).collect()
}

fn below(place: &str, tensors: &Tensors) -> Tensors {
    let own = |name: &str| Some(name.strip_prefix(place)?.strip_prefix(' ')?.to_owned());
    tensors.iter().filter_map(|(name, tensor)| Some((own(name)?, tensor.shallow_clone()))).collect()
}

fn add(place: &str, of: &Tensors, tensors: &mut Tensors) {
    for (name, tensor) in of {
        tensors.insert(format!("{place} {name}"), tensor.detach());
    }
}

/// What an interpreter holds beside the weights, at a place of its own.
fn hold(
    place: &str,
    optimizers: &[Optimizer],
    (moving, slow): (Option<&Entries>, &[(Entries, f64)]),
    average: Option<&Tensors>,
    tensors: &mut Tensors,
) -> Held {
    for (at, optimizer) in optimizers.iter().enumerate() {
        for (what, of) in &optimizer.state {
            add(&format!("{place}optimizer{at}.{what}"), of, tensors);
        }
    }
    if let Some(average) = average {
        add(&format!("{place}average"), average, tensors);
    }
    let moving = moving.map(|entries| pack(&format!("{place}moving"), entries, tensors));
    let slow = slow.iter().enumerate();
    let slow = slow.map(|(at, (entries, by))| (pack(&format!("{place}slow{at}"), entries, tensors), *by));
    Held {
        slow: slow.collect(),
        rules: optimizers.iter().map(|o| o.rule).collect(),
        remembered: optimizers.iter().map(|o| o.state.keys().cloned().collect()).collect(),
        moving,
        average: average.is_some(),
    }
}

/// Copies, in the layout that a network's weights have: sums depend on it.
fn fresh(of: &Tensors) -> Tensors {
    let own = |t: &Tensor| channels_last(t.shallow_clone()).map_or_else(|_| t.copy(), |t| t.copy());
    of.iter().map(|(n, t)| (n.clone(), own(t))).collect()
}

/// The same, from what was kept.
fn release(place: &str, held: &Held, tensors: &Tensors) -> Waiting {
    let mut optimizers = Vec::new();
    for (at, (rule, remembered)) in held.rules.iter().zip(&held.remembered).enumerate() {
        let mut optimizer = Optimizer::new(*rule);
        for what in remembered {
            let of = fresh(&below(&format!("{place}optimizer{at}.{what}"), tensors));
            optimizer.state.insert(what.clone(), of);
        }
        optimizers.push(optimizer);
    }
    let slow = held.slow.iter().enumerate();
    let slow = slow.map(|(at, (names, by))| (unpack(&format!("{place}slow{at}"), names, tensors), *by));
    Waiting {
        weights: fresh(&below(&format!("{place}network"), tensors)),
        average: held.average.then(|| fresh(&below(&format!("{place}average"), tensors))),
        moving: held.moving.as_ref().map(|names| unpack(&format!("{place}moving"), names, tensors)),
        slow: slow.collect(),
        optimizers,
    }
}

impl<'g> Interpreter<'_, 'g> {
    /// Keeps how far it is, where it is time to.
    pub(super) fn bookmark(
        &mut self,
        network: &Network<'g>,
        optimizers: &[Optimizer],
        terms: &[Prepared<'_>],
        way: &Way<'_>,
    ) -> Result<(), Failure> {
        // After the last epoch there is nothing left that is worth it.
        if self.done >= self.total || !self.keeper.as_ref().is_some_and(Keeper::is_due) {
            return Ok(());
        }
        let mut tensors = Tensors::new();
        add("network", &network.tensors, &mut tensors);
        let average = self.teachers.as_ref().and_then(|t| t.running_mean()).map(|n| &n.tensors);
        let own = hold("", optimizers, (self.moving.as_ref(), &self.slow), average, &mut tensors);
        let mut waiting = Vec::new();
        for (at, w) in self.waiting.iter().enumerate() {
            let place = format!("waiting{at}.");
            add(&format!("{place}network"), &w.weights, &mut tensors);
            let sets = (w.moving.as_ref(), w.slow.as_slice());
            waiting.push(hold(&place, &w.optimizers, sets, w.average.as_ref(), &mut tensors));
        }
        let mut asides = Vec::new();
        for (model, network) in self.teachers.iter().flat_map(|t| t.asides()) {
            add(&format!("aside{model}"), &network.tensors, &mut tensors);
            asides.push(*model);
        }
        for (place, of) in [(AVERAGE, &way.kept.average), (BEST, &way.kept.best)] {
            if let Some(of) = of {
                add(place, of, &mut tensors);
            }
        }
        if let Some(ahead) = &self.ahead {
            add("ahead", ahead, &mut tensors);
        }
        let best = self.best.as_ref().map(|best| best.of.as_ref());
        if let Some(Some((_, weights))) = best {
            add("best", weights, &mut tensors);
        }
        let pack_term =
            |(at, term): (usize, &Prepared<'_>)| pack(&format!("term{at}"), &term.entries, &mut tensors);
        let terms = terms.iter().enumerate().map(pack_term).collect();
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        let head = Head {
            done: self.done,
            seconds: keeper.seconds(),
            choices: self.choices,
            dropped: network.drawn(),
            cost: self.cost,
            log: self.log.clone(),
            own,
            terms,
            waiting,
            asides,
            ahead: self.ahead.is_some(),
            judged: best.is_some(),
            best: best.flatten().map(|(value, _)| *value),
            course: way.kept.head,
            importances: self.importances.iter().map(|known| known.of.clone()).collect(),
        };
        keeper.keep(&head, &tensors)
    }

    /// Takes up what was kept: everything is as it was after that epoch. Gives the parameters of the losses' terms.
    pub(super) fn take_up(
        &mut self,
        network: &mut Network<'g>,
        optimizers: &mut Vec<Optimizer>,
    ) -> Vec<Entries> {
        let Some((head, tensors)) = self.resume.take() else { return Vec::new() };
        let own = release("", &head.own, &tensors);
        network.tensors = own.weights;
        network.set_drawn(head.dropped);
        (*optimizers, self.moving, self.slow) = (own.optimizers, own.moving, own.slow);
        if let (Some(average), Some(kept)) =
            (self.teachers.as_mut().and_then(|t| t.average_mut()), own.average)
        {
            average.tensors = kept;
        }
        let waiting = head.waiting.iter().enumerate();
        self.waiting = waiting.map(|(at, held)| release(&format!("waiting{at}."), held, &tensors)).collect();
        for model in head.asides {
            let mut made = network.frozen();
            made.tensors = fresh(&below(&format!("aside{model}"), &tensors));
            if let Some(teachers) = &mut self.teachers {
                teachers.keep(model, made);
            }
        }
        self.importances = head.importances.into_iter().map(|of| Importance { of, tensors: None }).collect();
        self.ahead = head.ahead.then(|| fresh(&below("ahead", &tensors)));
        let best = |value: f64| (value, fresh(&below("best", &tensors)));
        self.best = head.judged.then(|| Best { of: head.best.map(best) });
        let some = |of: Tensors| (!of.is_empty()).then_some(of);
        self.kept = Some(Kept {
            head: head.course,
            average: some(fresh(&below(AVERAGE, &tensors))),
            best: some(fresh(&below(BEST, &tensors))),
        });
        (self.choices, self.done, self.cost, self.log) = (head.choices, head.done, head.cost, head.log);
        if let Some(keeper) = &mut self.keeper {
            keeper.spent_before(head.seconds);
        }
        let terms = head.terms.iter().enumerate();
        terms.map(|(at, names)| unpack(&format!("term{at}"), names, &tensors)).collect()
    }
}
