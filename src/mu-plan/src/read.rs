//! What the experiments of a program read: lists of samples and checkpoints, and what is left out of their data sets.

use std::collections::{HashMap, HashSet};

use mu_check::{Experiment, Forget};
use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Facts, ListOf, Wanted};

use crate::DataFacts;

/// What lies in a data set's folders and is not read.
pub(crate) fn left_out(facts: &Facts, span: Span) -> Option<Diagnostic> {
    let (first, more) = facts.left_out.split_first()?;
    let help = if more.is_empty() { String::new() } else { format!("{}\n", more.join("\n")) };
    Some(
        Diagnostic::warning(Code::BadData, span, first.clone())
            .label("this data set")
            .help(format!("{help}move them away, or convert them to a form that is read")),
    )
}

/// Digests of files by name, and by what is read from them: a list of one kind, or, of checkpoints, all of it.
pub(crate) type Digests = HashMap<(Option<ListOf>, String), String>;

/// The digests of the files that an experiment's selections read; `None`, and said so, where one cannot be read.
pub(crate) fn files(
    experiment: &Experiment,
    measured: &[(Forget, Span)],
    facts: &dyn DataFacts,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Digests> {
    let mut found = HashMap::new();
    let mut whole = true;
    let forgets = experiment.forget.iter().flat_map(|f| f.value.iter().map(|v| (v, f.span)));
    let parts =
        experiment.unlearn.iter().flat_map(|u| u.value.iter().flat_map(|v| &v.parts).map(|v| (v, u.span)));
    let measured = measured.iter().map(|(forget, span)| (forget, *span));
    for (forget, span) in forgets.chain(parts).chain(measured) {
        forget.files(&mut |path, grouping| {
            let of = if grouping { ListOf::Groups } else { ListOf::Samples };
            if found.contains_key(&(Some(of), path.to_owned())) {
                return;
            }
            match facts.list(path, of) {
                Ok(digest) => {
                    found.insert((Some(of), path.to_owned()), digest);
                }
                Err(problem) => {
                    whole = false;
                    diagnostics.push(
                        Diagnostic::error(Code::BadData, span, problem.what)
                            .label("this selection's file cannot be read")
                            .help(problem.help),
                    );
                }
            }
        });
    }
    let mut said = HashSet::new();
    // Of files that are named by point, the points say which they are: planning asks for them as it meets them.
    for (place, weights) in experiment.checkpoints().into_iter().filter(|(_, w)| w.axes().is_empty()) {
        // Each network that would have its tensors is compared before anything runs.
        for (model, data) in experiment.model.iter().flat_map(|m| m.value.iter().zip(&experiment.data)) {
            let drawn = weights.drawn(model);
            let wanted = Wanted { table: weights.table.as_deref(), drawn: &drawn };
            match facts.checkpoint(&weights.path, wanted, model, &data.value.view) {
                Ok((digest, notes)) => {
                    found.insert((None, weights.path.clone()), digest);
                    for note in notes {
                        let message = format!("{}: {note}", weights.path);
                        if said.insert((place, message.clone())) {
                            diagnostics.push(Diagnostic::warning(Code::Checkpoint, place, message));
                        }
                    }
                }
                Err(problem) => {
                    whole = false;
                    let diagnostic = Diagnostic::error(Code::Checkpoint, place, problem.what);
                    diagnostics.push(diagnostic.help(problem.help));
                }
            }
        }
    }
    whole.then_some(found)
}
