//! TorchScript modules: what a program says of them is a path; what is planned is their digests and tensors.

use std::collections::HashMap;

use mu_check::Program;
use mu_diag::{Code, Diagnostic};
use mu_step::{Module, Script, ScriptTensor, Shared};

use crate::DataFacts;
use crate::programs::open_programs;

/// Puts what the disk says of them into the networks that run TorchScript modules, and into the methods that are programs.
pub fn open_modules(program: &mut Program, facts: &dyn DataFacts) -> Vec<Diagnostic> {
    let mut opened = HashMap::new();
    let mut diagnostics = Vec::new();
    for model in program.experiments.iter_mut().flat_map(|e| &mut e.model) {
        let span = model.span;
        for graph in &mut model.value {
            if graph.scripts().is_empty() {
                continue;
            }
            let mut whole = (**graph).clone();
            whole.scripts_mut(&mut |script| {
                let read = |diagnostics: &mut Vec<Diagnostic>| {
                    facts
                        .module(&script.path)
                        .map_err(|problem| {
                            let found = Diagnostic::error(Code::Checkpoint, span, problem.what);
                            diagnostics.push(found.help(problem.help));
                        })
                        .inspect(|(_, module)| judge(&script.path, module, span, diagnostics))
                        .ok()
                };
                let found = opened.entry(script.path.clone()).or_insert_with(|| read(&mut diagnostics));
                if let Some((digest, module)) = found {
                    fill(script, digest, module);
                }
            });
            *graph = Shared::new(whole);
        }
    }
    diagnostics.extend(open_programs(program, facts));
    diagnostics
}

/// What cannot be trained is no model; what does not change its mode is one that people should know of.
fn judge(path: &str, module: &Module, span: mu_diag::Span, diagnostics: &mut Vec<Diagnostic>) {
    if !module.tensors.iter().any(|t| t.real && t.trainable) {
        diagnostics.push(
            Diagnostic::error(
                Code::Checkpoint,
                span,
                format!("{path} has no parameters that can be trained"),
            )
            .help("save the network before `torch.jit.freeze`, with parameters that require gradients"),
        );
    }
    if let Some(first) = module.fixed.first() {
        let message = format!(
            "{path} was traced: its dropout and batch normalisation (`{first}`, …) stay in the mode of that moment"
        );
        diagnostics.push(
            Diagnostic::warning(Code::Checkpoint, span, message)
                .help("`torch.jit.script` keeps both modes, of training and of evaluation"),
        );
    }
}

fn fill(script: &mut Script, digest: &str, module: &Module) {
    digest.clone_into(&mut script.digest);
    let tensors = module.tensors.iter().filter(|t| t.real).map(|t| ScriptTensor {
        name: t.name.clone(),
        aliases: t.aliases.clone(),
        shape: t.shape.iter().map(|s| *s as i64).collect(),
        trainable: t.trainable,
        of: t.of,
    });
    script.tensors = tensors.collect();
}
