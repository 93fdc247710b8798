//! How far a procedure is, after an epoch: everything that the rest of it depends on. Orders, augmentations and other draws are
//! functions of seed and epoch, so they need no place in it.

use mu_step::Failure;
use tch::Tensor;

use super::course::{Kept, Way};
use super::entries::Entries;
use super::interpret::Interpreter;
use super::keeper::{Head, Keeper, Names};
use super::losses::Prepared;
use super::optimizer::Optimizer;
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
        let done = self.cost.epochs + self.early;
        if done >= self.total || !self.keeper.as_ref().is_some_and(Keeper::is_due) {
            return Ok(());
        }
        let mut tensors = Tensors::new();
        let mut add = |place: &str, of: &Tensors| {
            for (name, tensor) in of {
                tensors.insert(format!("{place} {name}"), tensor.detach());
            }
        };
        add("network", &network.tensors);
        for (at, optimizer) in optimizers.iter().enumerate() {
            for (what, of) in &optimizer.state {
                add(&format!("optimizer{at}.{what}"), of);
            }
        }
        if let Some(average) = self.teachers.as_ref().and_then(|t| t.running_mean()) {
            add("average", &average.tensors);
        }
        for (place, of) in [(AVERAGE, &way.kept.average), (BEST, &way.kept.best)] {
            if let Some(of) = of {
                add(place, of);
            }
        }
        let moving = self.moving.as_ref().map(|entries| pack("moving", entries, &mut tensors));
        let mut slow = Vec::new();
        for (at, (entries, factor)) in self.slow.iter().enumerate() {
            slow.push((pack(&format!("slow{at}"), entries, &mut tensors), *factor));
        }
        let pack_term =
            |(at, term): (usize, &Prepared<'_>)| pack(&format!("term{at}"), &term.entries, &mut tensors);
        let terms = terms.iter().enumerate().map(pack_term).collect();
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        let head = Head {
            epochs: done,
            seconds: keeper.seconds(),
            choices: self.choices,
            dropped: network.drawn(),
            cost: self.cost,
            log: self.log.clone(),
            rules: optimizers.iter().map(|o| o.rule).collect(),
            remembered: optimizers.iter().map(|o| o.state.keys().cloned().collect()).collect(),
            moving,
            slow,
            terms,
            early: self.early,
            course: way.kept.head,
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
        // Copies, in the layout that a network's weights have: sums depend on it.
        let own = |t: &Tensor| channels_last(t.shallow_clone()).map_or_else(|_| t.copy(), |t| t.copy());
        let fresh = |of: Tensors| -> Tensors { of.iter().map(|(n, t)| (n.clone(), own(t))).collect() };
        network.tensors = fresh(below("network", &tensors));
        network.set_drawn(head.dropped);
        *optimizers = Vec::new();
        for (at, (rule, remembered)) in head.rules.iter().zip(&head.remembered).enumerate() {
            let mut optimizer = Optimizer::new(*rule);
            for what in remembered {
                let of = fresh(below(&format!("optimizer{at}.{what}"), &tensors));
                optimizer.state.insert(what.clone(), of);
            }
            optimizers.push(optimizer);
        }
        if let Some(average) = self.teachers.as_mut().and_then(|t| t.average_mut()) {
            average.tensors = fresh(below("average", &tensors));
        }
        let some = |of: Tensors| (!of.is_empty()).then_some(of);
        self.kept = Some(Kept {
            head: head.course,
            average: some(fresh(below(AVERAGE, &tensors))),
            best: some(fresh(below(BEST, &tensors))),
        });
        self.early = head.early;
        self.moving = head.moving.as_ref().map(|names| unpack("moving", names, &tensors));
        let slow = head.slow.iter().enumerate();
        self.slow =
            slow.map(|(at, (names, by))| (unpack(&format!("slow{at}"), names, &tensors), *by)).collect();
        (self.choices, self.cost, self.log) = (head.choices, head.cost, head.log);
        if let Some(keeper) = &mut self.keeper {
            keeper.spent_before(head.seconds);
        }
        let terms = head.terms.iter().enumerate();
        terms.map(|(at, names)| unpack(&format!("term{at}"), names, &tensors)).collect()
    }
}
