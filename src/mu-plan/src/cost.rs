//! What steps cost before they run: multiplications and additions of convolutions and linear layers.

use mu_check::Point;
use mu_step::{LOOKS, SampleScore, Selection, Start, StepSpec, passes};

use crate::build::Grid;
use crate::limit::sizes;

impl Grid<'_> {
    /// An estimate for a step; sets that only the engine can count are taken as a tenth of the data.
    pub(crate) fn flops(&self, spec: &StepSpec, p: Point) -> f64 {
        let set = &self.experiment.data[p.data].value;
        let all = set.spec.train.of(self.facts[p.data].train);
        let kept = all as f64 * (1.0 - set.spec.holdout);
        let training = (kept * (1.0 - set.validation)).round();
        match spec {
            StepSpec::Train(s) => {
                let epochs = s.stop.map_or(s.recipe.epochs, |stop| stop.min(s.recipe.epochs));
                3.0 * epochs as f64 * training * s.graph.flops()
            }
            StepSpec::Unlearn(s) => {
                let anew = s.procedure.start == Start::Scratch;
                let (forget, retain) = sizes(self.experiment, p, training as usize, anew);
                let spend = s.procedure.spend(retain, forget, (kept - training) as usize);
                spend.passes * s.graph.flops()
            }
            StepSpec::Generate(s) => {
                let conditions = s.graph.conditions() as f64;
                let asked = (s.sampling.each * s.sampling.evaluations()) as f64;
                conditions * asked * s.graph.flops()
            }
            StepSpec::Judge(s) => {
                let test = self.facts[p.data].test.map_or(all as f64 * set.spec.holdout, |n| n as f64);
                let generative = self.experiment.generative.as_ref();
                let made = generative.map_or(0, |g| g.sampling.each) as f64 * set.spec.classes as f64;
                (if s.generated.is_some() { made } else { test }) * s.graph.flops()
            }
            StepSpec::Infer(s) => {
                let test = self.facts[p.data].test.map_or(all as f64 * set.spec.holdout, |n| n as f64);
                let passes = if s.losses.is_empty() { 1.0 } else { LOOKS as f64 * passes(&s.losses) };
                (kept + test) * passes * s.graph.flops()
            }
            StepSpec::Select(s) => {
                // Every round runs the lower level over all samples, and looks at all of them once more. Others run no network.
                let Selection::PublishedWorstCase(w) = &s.selection else { return 0.0 };
                let epochs = w.procedure.spend(1, 1, 0).epochs;
                w.rounds as f64 * (3.0 * epochs + 1.0) * training * w.graph.flops()
            }
            StepSpec::Score(s) => match &s.score {
                SampleScore::GradientNorm { models, graph, .. } => {
                    3.0 * models.len() as f64 * training * graph.flops()
                }
                SampleScore::Forgetting { graph, recipe, .. } => {
                    4.0 * recipe.epochs as f64 * training * graph.flops()
                }
                SampleScore::Networks { models, graph, of, .. } => {
                    (1.0 + 3.0 * of.passes().0) * models.len() as f64 * training * graph.flops()
                }
                SampleScore::FeatureDistance { graph, .. } => training * graph.flops(),
                SampleScore::Outputs { .. } | SampleScore::LeftOut { .. } => 0.0,
            },
            StepSpec::Data(_)
            | StepSpec::Split(_)
            | StepSpec::Load(_)
            | StepSpec::Module(_)
            | StepSpec::Measure(_) => 0.0,
        }
    }
}
