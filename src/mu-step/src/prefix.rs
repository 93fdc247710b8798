//! Runs that are the beginning of longer ones: on an axis of epochs, one training with stops serves all of them.

use serde::{Deserialize, Serialize};

use crate::{Action, Length, Moment, Procedure, Repeat, Schedule, StepKey, StepSpec};

/// A step whose result another one has on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prefix {
    /// Its key.
    pub key: StepKey,
    /// What it is.
    pub spec: StepSpec,
    /// After how many epochs of its last phase the longer one is there.
    pub epochs: usize,
    /// About how many multiplications and additions it takes alone.
    pub flops: f64,
}

impl StepSpec {
    /// What steps share of which one may be the beginning of another.
    #[must_use]
    pub fn family(&self) -> Option<StepKey> {
        let mut spec = self.clone();
        if let StepSpec::Train(s) = &mut spec {
            if s.stop.map_or(s.recipe.epochs, |stop| stop.min(s.recipe.epochs)) == 0 {
                return None;
            }
            s.stop = None;
        } else if let StepSpec::Unlearn(s) = &mut spec {
            let mut procedure = (*s.procedure).clone();
            open_end(&mut procedure)?.length = Length::Epochs(0);
            s.procedure = crate::Shared::new(procedure);
        } else {
            return None;
        }
        Some(StepKey::of("mu family", &spec))
    }

    /// After how many epochs of the last phase a step of the same family has what this one makes, bit for bit: the same
    /// statements, the same random numbers, and the same learning rates up to there.
    #[must_use]
    pub fn is_beginning_of(&self, longer: &StepSpec) -> Option<usize> {
        match (self, longer) {
            (StepSpec::Train(a), StepSpec::Train(b)) => {
                beginning(a.recipe.procedure(a.stop), b.recipe.procedure(b.stop))
            }
            (StepSpec::Unlearn(a), StepSpec::Unlearn(b)) => {
                beginning((*a.procedure).clone(), (*b.procedure).clone())
            }
            _ => None,
        }
    }
}

/// The last phase of a procedure, where it is counted in epochs, nothing comes after it and nothing in it depends on how long it is.
fn open_end(procedure: &mut Procedure) -> Option<&mut Repeat> {
    if procedure.actions.iter().any(|a| matches!(a, Action::AddClass)) {
        return None;
    }
    let Action::Repeat(repeat) = procedure.actions.last_mut()? else { return None };
    let open = matches!(repeat.length, Length::Epochs(_))
        && repeat.course.ends_with_its_last_step()
        && repeat.terms().all(|term| term.decay.is_none());
    open.then_some(repeat)
}

fn beginning(mut short: Procedure, mut long: Procedure) -> Option<usize> {
    let (few, many) = (open_end(&mut short)?, open_end(&mut long)?);
    let (Length::Epochs(epochs), Length::Epochs(more)) = (few.length, many.length) else { return None };
    // Between epochs too, where the learning rate changes before every step; of how many steps an epoch is, the text does not say.
    let (this, other) = (&few.optimizer.schedule, &many.optimizer.schedule);
    let per_epoch = if this.is_by_step() { 3 } else { 1 };
    let at = |schedule: &Schedule, done, epochs: usize| {
        schedule.at(Moment { done, per_epoch, whole: epochs * per_epoch })
    };
    let alike = |done| at(this, done, epochs) == at(other, done, more);
    let same_rates = this.is_by_step() == other.is_by_step() && (0..epochs * per_epoch).all(alike);
    if epochs == 0 || epochs >= more || !same_rates {
        return None;
    }
    few.length = Length::Epochs(more);
    few.optimizer.schedule = many.optimizer.schedule.clone();
    (short == long).then_some(epochs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Course, Optimizer, Precision, Recipe, Rule, Shared, TrainSpec};

    fn train(schedule: Schedule, epochs: usize, stop: Option<usize>, seed: u64) -> StepSpec {
        let optimizer = Optimizer::of(Rule::sgd(0.9, 0.0), 0.1, schedule);
        let key = StepKey::of("x", &0);
        StepSpec::Train(TrainSpec {
            data: key,
            split: key,
            graph: Shared::new(crate::LayerGraph { input: [1, 8, 8], nodes: Vec::new() }),
            view: Shared::new(crate::View {
                augment: Vec::new(),
                evaluate: Vec::new(),
                mean: vec![0.5],
                std: vec![0.5],
            }),
            recipe: Shared::new(Recipe {
                loss: Vec::new(),
                course: Course::default(),
                epochs,
                batch: 8,
                optimizer,
                precision: Precision::Auto,
            }),
            from: None,
            stop,
            seed,
        })
    }

    #[test]
    fn a_stop_is_the_beginning_of_the_whole() {
        let steps = Schedule::Steps { at: vec![3, 6], factor: 0.1 };
        for schedule in [Schedule::Constant, steps, Schedule::Cosine { over: None }] {
            let (short, long) = (train(schedule.clone(), 9, Some(4), 0), train(schedule.clone(), 9, None, 0));
            assert_eq!(short.family(), long.family());
            assert_eq!(short.is_beginning_of(&long), Some(4), "{schedule:?}");
            assert_eq!(long.is_beginning_of(&short), None);
            assert_eq!(long.is_beginning_of(&long), None);
            assert_ne!(short.family(), train(schedule, 9, None, 1).family(), "another seed");
        }
    }

    #[test]
    fn another_schedule_is_none() {
        // Half a cosine over four epochs has other rates than one over nine.
        let of = |epochs| {
            Recipe {
                loss: Vec::new(),
                course: Course::default(),
                epochs,
                batch: 8,
                optimizer: cosine(),
                precision: Precision::Auto,
            }
            .procedure(None)
        };
        assert_eq!(beginning(of(4), of(9)), None);
        fn cosine() -> Optimizer {
            let schedule = Schedule::Cosine { over: None };
            Optimizer::of(Rule::sgd(0.9, 0.0), 0.1, schedule)
        }
    }
}
