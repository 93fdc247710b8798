//! Methods that are programs: what a text says of them are paths; what is planned are the digests of their files.

use std::collections::HashMap;

use mu_check::{Forget, Program, Unlearn};
use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Action, Selection, Shared};

use crate::DataFacts;

/// Puts the digests of their files into the programs of all methods; every file that is not there is named.
pub(crate) fn open_programs(program: &mut Program, facts: &dyn DataFacts) -> Vec<Diagnostic> {
    let mut opened = Opened { facts, digests: HashMap::new(), diagnostics: Vec::new() };
    for experiment in &mut program.experiments {
        for method in &mut experiment.unlearn {
            method.value.iter_mut().for_each(|unlearn| opened.fill(unlearn, method.span));
        }
        for forget in &mut experiment.forget {
            forget.value.iter_mut().for_each(|chosen| opened.within(chosen, forget.span));
        }
    }
    opened.diagnostics
}

struct Opened<'f> {
    facts: &'f dyn DataFacts,
    /// By path, and whether it is started without a command.
    digests: HashMap<(String, bool), String>,
    diagnostics: Vec<Diagnostic>,
}

impl Opened<'_> {
    /// Lower levels may be programs as well.
    fn within(&mut self, forget: &mut Forget, span: Span) {
        match &mut forget.0 {
            Selection::WorstCase(play) => self.fill(&mut play.against, span),
            Selection::Join { of, .. } => of.iter_mut().for_each(|of| self.within(of, span)),
            Selection::Complement { of } | Selection::Matched { to: of, .. } => self.within(of, span),
            Selection::Random { .. }
            | Selection::Class { .. }
            | Selection::Group { .. }
            | Selection::File { .. }
            | Selection::Ranked { .. }
            | Selection::Untrained { .. }
            | Selection::Rest { .. }
            | Selection::PublishedWorstCase(_) => {}
        }
    }

    fn fill(&mut self, unlearn: &mut Unlearn, span: Span) {
        unlearn.parts.iter_mut().for_each(|part| self.within(part, span));
        if unlearn.procedure.programs().is_empty() {
            return;
        }
        let mut procedure = (*unlearn.procedure).clone();
        for action in &mut procedure.actions {
            let Action::Program(program) = action else { continue };
            let alone = program.command.is_empty();
            for (at, file) in program.files.iter_mut().enumerate() {
                file.digest = self.digest(&file.path, alone && at == 0, span);
            }
        }
        unlearn.procedure = Shared::new(procedure);
    }

    /// The digest of a file; of one that cannot be had, nothing, and once said so.
    fn digest(&mut self, path: &str, starts: bool, span: Span) -> String {
        let key = (path.to_owned(), starts);
        if let Some(known) = self.digests.get(&key) {
            return known.clone();
        }
        let found = self.facts.program(path, starts).unwrap_or_else(|problem| {
            let found = Diagnostic::error(Code::Program, span, problem.what);
            self.diagnostics.push(found.label("this method is a program").help(problem.help));
            String::new()
        });
        self.digests.insert(key, found.clone());
        found
    }
}
