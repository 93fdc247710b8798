//! Changes of parameters without gradient steps.

use std::collections::HashSet;

use mu_step::{Failure, FailureKind, LayerNode, ParameterSet, Set, Surgery};
use tch::{Kind, TchError, Tensor};

use super::entries::Entries;
use super::interpret::Interpreter;
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;

impl<'g> Interpreter<'_, 'g> {
    pub(super) fn surgery(
        &mut self,
        set: &ParameterSet,
        by: &Surgery,
        network: &mut Network<'g>,
    ) -> Result<(), Failure> {
        let entries = self.entries(set, network).map_err(|e| torch::failed(&e))?;
        let needs_both = matches!(by, Surgery::Woodfisher { .. } | Surgery::Dampen { .. });
        if needs_both && self.membership.forgotten().is_empty() {
            return Err(Failure::new(FailureKind::BadData, "a step of the method has no samples to forget"));
        }
        self.operate(&entries, by, network).map_err(|e| torch::failed(&e))
    }

    fn operate(
        &mut self,
        entries: &Entries,
        by: &Surgery,
        network: &mut Network<'g>,
    ) -> Result<(), TchError> {
        match by {
            Surgery::Noise { std } => {
                self.choices += 1;
                let normal = self.normal(entries, "noise", network)?;
                edit(entries, network, |i, t| t.f_add(&normal[i].f_mul_scalar(*std)?))
            }
            Surgery::Zero => edit(entries, network, |_, t| t.f_zeros_like()),
            Surgery::Transpose => edit(entries, network, |_, t| match t.dim() {
                4 => t.f_transpose(2, 3)?.f_contiguous(),
                _ => Ok(t.shallow_clone()),
            }),
            Surgery::Half => edit(entries, network, |_, t| t.f_to_kind(Kind::Half)?.f_to_kind(t.kind())),
            Surgery::Woodfisher { strength, samples } => {
                let change = self.woodfisher(entries, *samples, network)?;
                edit(entries, network, |i, t| t.f_add(&change[i].f_mul_scalar(*strength)?))
            }
            Surgery::Dampen { selection, strength, batch } => {
                let (forget, all) = self.importances(entries, *batch, network)?;
                edit(entries, network, |i, t| {
                    let chosen = forget[i].f_gt_tensor(&all[i].f_mul_scalar(*selection)?)?;
                    let factor = all[i].f_mul_scalar(*strength)?.f_div(&forget[i])?.f_clamp_max(1.0)?;
                    t.f_mul(&factor)?.f_where_self(&chosen, t)
                })
            }
            Surgery::FisherNoise { alpha, most, samples } => {
                let retain = self.membership.members(Set::Retain);
                let draws = Draws { stage: "fisher", ..self.draws };
                let mut order = draws.stream("samples", 0).permutation(retain.len());
                order.truncate(*samples);
                order.sort_unstable();
                let chosen: Vec<i64> = order.into_iter().map(|i| retain[i]).collect();
                let fisher = self.squared(entries, &chosen, 1, network)?;
                self.choices += 1;
                let normal = self.normal(entries, "noise", network)?;
                edit(entries, network, |i, t| {
                    let std = fisher[i].f_reciprocal()?.f_mul_scalar(*alpha)?.f_sqrt()?.f_clamp_max(*most)?;
                    t.f_add(&normal[i].f_mul(&std)?)
                })
            }
        }
    }

    /// Draws the entries anew.
    pub(super) fn reinit(&mut self, set: &ParameterSet, network: &mut Network<'g>) -> Result<(), TchError> {
        let entries = self.entries(set, network)?;
        let before = network.frozen();
        let declared = network.graph().nodes.iter().flat_map(LayerNode::tensors);
        let statistics: HashSet<String> = declared.filter(|t| t.statistic).map(|t| t.name).collect();
        network.reinit(|name| entries.iter().any(|(n, _)| n == name), self.draws)?;
        for (name, tensor) in &mut network.tensors {
            let layer = |n: &str| n.rsplit_once('.').map_or("", |(layer, _)| layer).to_owned();
            match entries.iter().find(|(n, _)| n == name) {
                Some((_, None)) => {}
                Some((_, Some(mask))) => {
                    *tensor = tensor.f_where_self(&mask.f_gt(0.5)?, &before.tensors[name])?;
                }
                // The statistics of a normalisation go with its parameters.
                None if statistics.contains(name)
                    && entries.iter().any(|(n, m)| m.is_none() && layer(n) == layer(name)) => {}
                None => *tensor = before.tensors[name].shallow_clone(),
            }
        }
        Ok(())
    }

    /// A standard normal number for every entry.
    fn normal(
        &self,
        entries: &Entries,
        purpose: &str,
        network: &Network<'g>,
    ) -> Result<Vec<Tensor>, TchError> {
        let one = |(name, _): &(String, Option<Tensor>)| {
            let tensor = &network.tensors[name];
            let mut stream = self.draws.stream(&format!("{purpose} {name}"), self.choices);
            let values: Vec<f64> = (0..tensor.numel()).map(|_| stream.normal()).collect();
            let tensor_of = Tensor::from_slice(&values).f_reshape(tensor.size())?;
            tensor_of.f_to_kind(tensor.kind())?.f_to_device(tensor.device())
        };
        entries.iter().map(one).collect()
    }

    /// Influence unlearning's change of the parameters, H⁻¹(g_f − g_r): g_f = Σ_f ∇ℓ/n and
    /// g_r = Σ_r ∇ℓ · n_f/(n·n_r), with H⁻¹ by rank-one updates over single retain samples (Singh and Alistarh, 2020;
    /// as run by Jia et al. 2023).
    fn woodfisher(
        &mut self,
        entries: &Entries,
        samples: usize,
        network: &Network<'g>,
    ) -> Result<Vec<Tensor>, TchError> {
        let retain = self.membership.members(Set::Retain);
        let forget = self.membership.members(Set::Forget);
        let (n_r, n_f) = (retain.len() as f64, forget.len() as f64);
        let n = n_r + n_f;
        let g_f = self.gradient(entries, &forget, 256, network)?.f_div_scalar(n)?;
        let g_r = self.gradient(entries, &retain, 256, network)?.f_mul_scalar(n_f / (n * n_r))?;
        let mut k = g_f.f_sub(&g_r)?;
        let mut o: Option<Tensor> = None;
        let big = samples as f64;
        for sample in retain.iter().take(samples + 2) {
            let g = self.gradient(entries, std::slice::from_ref(sample), 1, network)?;
            o = Some(match o {
                None => g,
                Some(o) => {
                    let dot = o.f_dot(&g)?;
                    let share = k.f_dot(&g)?.f_div(&dot.f_add_scalar(big)?)?;
                    k = k.f_sub(&o.f_mul(&share)?)?;
                    o.f_sub(&o.f_mul(&dot.f_div(&dot.f_add_scalar(big)?)?)?)?
                }
            });
        }
        let mut parts = Vec::new();
        let mut at = 0;
        for (name, _) in entries {
            let tensor = &network.tensors[name];
            let size = tensor.numel() as i64;
            parts.push(k.f_narrow(0, at, size)?.f_reshape(tensor.size())?);
            at += size;
        }
        Ok(parts)
    }

    /// Σ ∇ cross-entropy over samples, in evaluation mode, as one vector.
    fn gradient(
        &mut self,
        entries: &Entries,
        samples: &[i64],
        batch: usize,
        network: &Network<'g>,
    ) -> Result<Tensor, TchError> {
        let mut sum: Option<Vec<Tensor>> = None;
        for chunk in samples.chunks(batch) {
            let gradients = self.batch_gradient(entries, chunk, network)?;
            sum = Some(match sum {
                None => gradients,
                Some(sum) => sum.iter().zip(&gradients).map(|(a, b)| a.f_add(b)).collect::<Result<_, _>>()?,
            });
        }
        let flat: Vec<Tensor> =
            sum.unwrap_or_default().iter().map(|t| t.f_reshape([-1])).collect::<Result<_, _>>()?;
        Tensor::f_cat(&flat, 0)
    }

    /// Σ ∇ cross-entropy of one batch, by the tensors of the entries.
    fn batch_gradient(
        &mut self,
        entries: &Entries,
        samples: &[i64],
        network: &Network<'g>,
    ) -> Result<Vec<Tensor>, TchError> {
        let images = &self.data.train;
        let index = Tensor::from_slice(samples).f_to_device(images.device())?;
        let labels = images.labels.f_index_select(0, &index)?.f_unsqueeze(1)?;
        let parameters: Vec<Tensor> =
            entries.iter().map(|(n, _)| network.tensors[n].set_requires_grad(true)).collect();
        let logits = network.forward(&images.batch(&index, None)?, false)?;
        let log_p = logits.f_log_softmax(-1, logits.kind())?;
        let loss = log_p.f_gather(1, &labels, false)?.f_sum(logits.kind())?.f_neg()?;
        let gradients = torch::whole_gradients(&loss, &parameters)?;
        self.spent(samples.len(), 3.0, network);
        for parameter in parameters {
            let _ = parameter.set_requires_grad(false);
        }
        Ok(gradients.into_iter().map(|g| g.detach()).collect())
    }

    /// The mean over batches of the squared gradient of a batch's mean cross-entropy.
    fn squared(
        &mut self,
        entries: &Entries,
        samples: &[i64],
        batch: usize,
        network: &Network<'g>,
    ) -> Result<Vec<Tensor>, TchError> {
        let batches = samples.chunks(batch.max(1)).len() as f64;
        let mut sum: Vec<Tensor> = entries
            .iter()
            .map(|(n, _)| network.tensors[n].detach().f_zeros_like())
            .collect::<Result<_, _>>()?;
        for chunk in samples.chunks(batch.max(1)) {
            for (sum, gradient) in sum.iter_mut().zip(self.batch_gradient(entries, chunk, network)?) {
                let mean = gradient.f_div_scalar(chunk.len() as f64)?;
                let _ = sum.f_add_(&mean.f_square()?.f_div_scalar(batches)?)?;
            }
        }
        Ok(sum)
    }

    /// Importances of the forget set and of all samples.
    fn importances(
        &mut self,
        entries: &Entries,
        batch: usize,
        network: &Network<'g>,
    ) -> Result<(Vec<Tensor>, Vec<Tensor>), TchError> {
        let forget = self.membership.members(Set::Forget);
        let all = self.data.training.clone();
        Ok((self.squared(entries, &forget, batch, network)?, self.squared(entries, &all, batch, network)?))
    }
}

/// New values for the entries of a set; what its masks leave out stays.
fn edit(
    entries: &Entries,
    network: &mut Network<'_>,
    change: impl Fn(usize, &Tensor) -> Result<Tensor, TchError>,
) -> Result<(), TchError> {
    tch::no_grad(|| {
        for (i, (name, mask)) in entries.iter().enumerate() {
            let old = network.tensors[name].detach();
            let new = change(i, &old)?;
            let new = match mask {
                Some(mask) => new.f_where_self(&mask.f_gt(0.5)?, &old)?,
                None => new,
            };
            network.tensors.insert(name.clone(), crate::nn::channels_last(new)?);
        }
        Ok(())
    })
}
