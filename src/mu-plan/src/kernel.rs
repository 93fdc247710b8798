//! A metric's leaf at a point → the kernel that measures it, with the steps that it needs.

use mu_check::{Measured, Point, REFERENCE, Seeds};
use mu_step::expression::Net;
use mu_step::{InferSpec, Kernel, Length, Relearn, Repeat, StepKey, StepSpec, UnlearnSpec};

use crate::build::Grid;
use crate::choose::another;
use crate::{Made, Part};

impl Grid<'_> {
    /// The kernel of a leaf; `None` where the method that it compares with is not in the grid, which was reported.
    pub(crate) fn kernel(&mut self, p: Point, measured: Measured, made: Made) -> Option<Kernel> {
        let Made { forget, model, infer, .. } = made;
        let e = self.experiment;
        let seeds = e.seed[p.seed].value;
        Some(match measured {
            Measured::Accuracy(on, classes) => Kernel::Accuracy { infer, forget, on, classes },
            Measured::Calibration(on, bins) => Kernel::Calibration { infer, forget, on, bins },
            Measured::Samples(on, ref of, collect) => {
                let mut others = Vec::new();
                for net in of.networks() {
                    let outputs = match net {
                        Net::Own | Net::Average { .. } | Net::Aside { .. } | Net::Beside => continue,
                        Net::Original => self.original_outputs(p),
                        Net::Scratch => self.knows_nothing(p, forget),
                        Net::Reference => self.reference(p, &measured)?.infer,
                    };
                    others.push((net, outputs));
                }
                Kernel::Samples { infer, others, forget, on, of: of.clone(), collect }
            }
            Measured::Attack(attack) => Kernel::Mia { infer, forget, attack, seed: seeds.evaluate },
            Measured::Among(of, set, _) => {
                let forget = self.sample_set(p, &set)?;
                self.kernel(p, *of, Made { forget, ..made })?
            }
            Measured::WeightDistance => {
                Kernel::WeightDistance { model, reference: self.reference(p, &measured)?.model }
            }
            Measured::Likeness(on, by) => {
                let generative = e.generative.as_ref()?;
                let real = self.judged_data(p, forget, generative);
                Kernel::Likeness { judged: infer, real, on, by }
            }
            Measured::Cost(what) => Kernel::Cost { model, what },
            Measured::Relearn(how) => {
                let (data, split) = self.split(p);
                Kernel::Relearn(Box::new(Relearn {
                    data,
                    split,
                    forget,
                    model,
                    original: self.original(p),
                    graph: e.model[p.model].value[p.data].clone(),
                    view: e.data[p.data].value.view.clone(),
                    how,
                    seed: seeds.evaluate,
                }))
            }
            Measured::Ulira(shadows) => {
                let other = e.sibling(p, REFERENCE)?;
                let reference = self.reference(p, &measured)?.infer;
                let (mut unlearned, mut retrained) = (Vec::new(), Vec::new());
                for k in 0..shadows {
                    let seeds =
                        Seeds { train: another(seeds.train, k), unlearn: another(seeds.unlearn, k), ..seeds };
                    unlearned.push(self.made_by(p, seeds, Part::Point).infer);
                    retrained.push(self.made_by(other, seeds, Part::Point).infer);
                }
                Kernel::Ulira { infer, reference, forget, unlearned, retrained }
            }
        })
    }

    /// What the method made that a leaf compares with.
    fn reference(&mut self, p: Point, measured: &Measured) -> Option<Made> {
        let other = self.experiment.sibling(p, measured.reference()?)?;
        Some(self.made(other))
    }

    /// The outputs of a fresh initialisation: a training of no epochs.
    fn knows_nothing(&mut self, p: Point, forget: StepKey) -> StepKey {
        let e = self.experiment;
        let (data, split) = self.split(p);
        let (graph, view) = (e.model[p.model].value[p.data].clone(), e.data[p.data].value.view.clone());
        let mut procedure = e.train[p.train].value.recipe.procedure(Some(0));
        procedure
            .actions
            .retain(|a| !matches!(a, mu_step::Action::Repeat(Repeat { length: Length::Epochs(0), .. })));
        let spec = UnlearnSpec {
            data,
            split,
            forget,
            parts: Vec::new(),
            gone: None,
            original: None,
            checkpoint: None,
            graph: graph.clone(),
            view: view.clone(),
            procedure: mu_step::Shared::new(procedure),
            most_seconds: None,
            seed: another(e.seed[p.seed].value.evaluate, 0),
        };
        let model = self.step(StepSpec::Unlearn(spec), p, Part::Point);
        self.step(
            StepSpec::Infer(InferSpec {
                data,
                split,
                model,
                original: None,
                graph,
                view,
                losses: Vec::new(),
            }),
            p,
            Part::Point,
        )
    }
}
