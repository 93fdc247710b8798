//! The interpreter of procedures. One text, two readings: with membership in {0, 1} it is the method;
//! with weights in [0, 1] it is the lower level of the worst-case selection.

use std::cell::RefCell;
use std::collections::BTreeMap;

use mu_step::artefact::{Cost, Epoch};
use mu_step::{Action, Criterion, Failure, FailureKind, Procedure};
use tch::{TchError, Tensor};

use super::course::Kept;
use super::entries::{Entries, Importance};
use super::keeper::{Head, Keeper};
use super::membership::Membership;
use super::optimizer::Optimizer;
use super::outside::Outside;
use super::recorded::Player;
use super::teachers::Teachers;
use super::waiting::{Best, Waiting};
use crate::artefact::Tensors;
use crate::data::Dataset;
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;
use mu_kernels::cuda::Graph;

/// Sees the network after an epoch.
pub(crate) type Watch<'a> = &'a mut dyn FnMut(&Network<'_>) -> Result<(), TchError>;

/// Sees epochs of the last phase, the network, the cost and the log after each of them.
pub(super) type OnTheWay<'a> = &'a mut dyn FnMut(usize, &Network<'_>, &Cost, &[Epoch]) -> Result<(), Failure>;

/// Interprets procedures on a data set.
pub(crate) struct Interpreter<'a, 'g> {
    pub(super) data: &'a Dataset,
    pub(super) membership: Membership,
    pub(super) draws: Draws,
    /// Called after each epoch: done, of, a note.
    say: &'a mut dyn FnMut(usize, usize, String),
    /// The parts of the forget set that `on` speaks of.
    parts: Vec<Vec<i64>>,
    /// After how many seconds of the keeper's it has failed.
    pub(crate) deadline: Option<f64>,
    /// Where it keeps how far it is.
    pub(crate) keeper: Option<Keeper<'a>>,
    /// Where it goes on, as long as it has not come there.
    pub(super) resume: Option<(Head, Tensors)>,
    /// Stretches that were passed over on the way.
    pub(super) skipped: usize,
    /// Sees the network after each epoch.
    pub(crate) watch: Option<Watch<'a>>,
    /// Keeps the model after epochs of the last phase that are the end of shorter runs.
    pub(super) on_the_way: Option<OnTheWay<'a>>,
    /// How steps are repeated, and where that is said.
    pub(super) player: Player,
    pub(crate) paths: Option<&'a RefCell<BTreeMap<String, String>>>,
    /// What programs of the user's are given, where it may run them.
    pub(crate) outside: Option<Outside<'a>>,
    /// The number of the last action.
    last: usize,
    whole: Membership,
    pub(super) teachers: Option<Teachers<'g>>,
    /// The range of pixels, the darkest and the lightest one, in network input.
    pub(super) pixels: [Tensor; 3],
    /// The weights of the original model.
    pub(super) originals: Option<&'a Tensors>,
    /// What waits while a model is made on the side, outermost first.
    pub(super) waiting: Vec<Waiting>,
    /// The parameters that a lookahead began with.
    pub(super) ahead: Option<Tensors>,
    /// The best weights so far, and their value, where they are kept.
    pub(super) best: Option<Best>,
    /// What `update only` said last.
    pub(super) moving: Option<Entries>,
    /// What `slow` said.
    pub(super) slow: Vec<(Entries, f64)>,
    /// Scores of the original model's entries that were computed.
    pub(super) importances: Vec<Importance>,
    /// How many random choices of tensors there were.
    pub(super) choices: usize,
    /// Stretches that were run, and all of them.
    pub(super) done: usize,
    pub(super) total: usize,
    /// What of a phase's course was taken up.
    pub(super) kept: Option<Kept>,
    pub(super) cost: Cost,
    pub(super) log: Vec<Epoch>,
}

/// Where in a procedure an action stands.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// Tells the random draws of one action from another's.
    pub(super) phase: usize,
    /// Round and rounds of the alternation it stands in.
    pub(super) round: usize,
    pub(super) rounds: usize,
    /// What its epochs are judged by, where the best of them is kept.
    pub(super) judged: Option<&'p Criterion>,
}

/// How far apart the phases of blocks are numbered: those of an alternation, of a model on the side, of a lookahead.
const IN_ROUNDS: usize = 100;
pub(super) const IN_ASIDE: usize = 10_000;
pub(super) const IN_LOOKAHEAD: usize = 1_000_000;

/// Actions with their numbers: what is behind `keep best` is numbered as if that were not there.
pub(super) fn numbered(actions: &[Action], first: usize) -> Vec<(usize, &Action)> {
    let (mut next, mut found) = (first, Vec::new());
    for action in actions {
        found.push((next, action));
        next += match action {
            Action::KeepBest { actions, .. } => 1 + actions.len(),
            _ => 1,
        };
    }
    found
}

impl<'a, 'g> Interpreter<'a, 'g> {
    pub(crate) fn new(
        data: &'a Dataset,
        membership: Membership,
        parts: Vec<Vec<i64>>,
        draws: Draws,
        say: &'a mut dyn FnMut(usize, usize, String),
    ) -> Result<Self, Failure> {
        let pixels = data.train.pixels().map_err(|e| torch::failed(&e))?;
        Ok(Self {
            data,
            whole: membership.clone(),
            membership,
            draws,
            say,
            parts,
            deadline: None,
            keeper: None,
            resume: None,
            skipped: 0,
            watch: None,
            on_the_way: None,
            player: if Graph::can_be() { Player::Graph } else { Player::None },
            paths: None,
            outside: None,
            last: 0,
            teachers: None,
            pixels,
            originals: None,
            waiting: Vec::new(),
            ahead: None,
            best: None,
            moving: None,
            slow: Vec::new(),
            importances: Vec::new(),
            choices: 0,
            done: 0,
            total: 0,
            kept: None,
            cost: Cost::default(),
            log: Vec::new(),
        })
    }

    /// Runs a procedure on a network that has its starting weights; `original` are those of the original model,
    /// where the procedure reads them.
    pub(crate) fn run(
        mut self,
        procedure: &Procedure,
        network: &mut Network<'g>,
        original: Option<&'a Tensors>,
    ) -> Result<(Cost, Vec<Epoch>), Failure> {
        let failed = |e: TchError| torch::failed(&e);
        network.draw_from(self.draws);
        network.compute_in(procedure.precision).map_err(failed)?;
        self.originals = original;
        self.teachers = Some(Teachers::of(procedure, network, original, self.draws).map_err(failed)?);
        self.total = self.stretches(&procedure.actions);
        let numbered = numbered(&procedure.actions, 0);
        self.last = numbered.last().map_or(0, |(phase, _)| *phase);
        self.resume = self.keeper.as_ref().and_then(|keeper| keeper.open(network.device()));
        for (phase, action) in numbered {
            let place = Place { phase, round: 0, rounds: 1, judged: None };
            self.action(action, place, network, &mut Vec::new())?;
        }
        if has_class(&procedure.actions) {
            network.drop_class().map_err(failed)?;
        }
        network.compute_plainly(procedure.precision).map_err(failed)?;
        if let Some(keeper) = &self.keeper {
            self.cost.seconds = keeper.seconds();
        }
        Ok((self.cost, self.log))
    }

    pub(super) fn action(
        &mut self,
        action: &Action,
        place: Place<'_>,
        network: &mut Network<'g>,
        optimizers: &mut Vec<Optimizer>,
    ) -> Result<(), Failure> {
        let failed = |e: TchError| torch::failed(&e);
        match action {
            // What they did is in the state that is taken up.
            Action::Update { .. }
            | Action::Slow { .. }
            | Action::Reinit { .. }
            | Action::Step { .. }
            | Action::AddClass
            | Action::Weights { .. }
            | Action::Program(_)
                if self.resume.is_some() => {}
            Action::Update { only } => self.moving = Some(self.entries(only, network).map_err(failed)?),
            Action::Slow { parameters, factor } => {
                let entries = self.entries(parameters, network).map_err(failed)?;
                self.slow.push((entries, *factor));
            }
            Action::Reinit { parameters } => self.reinit(parameters, network).map_err(failed)?,
            Action::Step { parameters, by } => self.surgery(parameters, by, network)?,
            Action::AddClass => network.add_class(self.draws).map_err(failed)?,
            Action::Program(program) => self.program(program, network)?,
            Action::Repeat(repeat) => {
                if repeat.rounds.is_none_or(|first| place.round < first) {
                    self.repeat(repeat, place, network, optimizers)?;
                }
            }
            Action::Alternate { rounds, actions } => {
                // One optimizer of a rule serves every phase of the alternation.
                let mut optimizers = Vec::new();
                for round in 0..*rounds {
                    for (inner, action) in actions.iter().enumerate() {
                        let phase = place.phase + IN_ROUNDS * (inner + 1);
                        let place = Place { phase, round, rounds: *rounds, judged: None };
                        self.action(action, place, network, &mut optimizers)?;
                    }
                    self.judge(place, network)?;
                }
            }
            Action::Weights { of } => self.combine(of, network).map_err(failed)?,
            Action::Aside { model, actions } => {
                self.aside(*model, actions, place, network, optimizers)?;
            }
            Action::Lookahead { rounds, share, actions } => {
                self.lookahead((*rounds, *share), actions, place, network, optimizers)?;
                self.judge(place, network)?;
            }
            Action::KeepBest { by, actions } => self.keep_best(by, actions, place, network)?,
            Action::On { part } => {
                self.membership = self.part(*part);
                self.importances.clear();
            }
        }
        Ok(())
    }

    /// The sets where a part of the forget set is forgotten.
    pub(super) fn part(&self, part: usize) -> Membership {
        let gone: Vec<i64> = self.parts.iter().take(part).flatten().copied().collect();
        let now = self.parts.get(part).cloned().unwrap_or_default();
        self.whole.part(&now, &gone)
    }

    /// Samples that went through the network, at so many times the cost of a forward pass.
    pub(super) fn spent(&mut self, samples: usize, passes: f64, network: &Network<'g>) {
        self.cost.samples += samples;
        self.cost.flops += samples as f64 * passes * network.graph().flops();
    }

    /// A failure where the time is over.
    pub(super) fn in_time(&self) -> Result<(), Failure> {
        let seconds = self.keeper.as_ref().map_or(0.0, Keeper::seconds);
        match self.deadline {
            Some(most) if seconds > most => {
                let message = format!("{most:.0} s are over after {} of {} epochs", self.done, self.total);
                Err(Failure::new(FailureKind::OverBudget, message))
            }
            _ => Ok(()),
        }
    }

    /// After so many epochs of a phase.
    pub(super) fn pass_by(
        &mut self,
        place: Place<'_>,
        done: usize,
        network: &Network<'g>,
    ) -> Result<(), Failure> {
        let mut cost = self.cost;
        if let Some(keeper) = &self.keeper {
            cost.seconds = keeper.seconds();
        }
        match &mut self.on_the_way {
            Some(keep) if place.phase == self.last => keep(done, network, &cost, &self.log),
            _ => Ok(()),
        }
    }

    /// How far a program says it is.
    pub(super) fn tell(&mut self, done: usize, of: usize, note: String) {
        (self.say)(done, of, note);
    }

    pub(super) fn say(&mut self, note: String) {
        (self.say)(self.done, self.total, note);
    }
}

fn has_class(actions: &[Action]) -> bool {
    actions.iter().any(|a| match a {
        Action::AddClass => true,
        other => has_class(other.inner()),
    })
}
