//! TorchScript functions in expressions: what a person wrote elsewhere, called on values of a batch.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic};
use mu_step::expression::{Expression, FunctionFile, Node};

use super::super::words::tensor_of;
use super::args::Args;
use crate::eval::Evaluator;
use crate::value::{Data, Tensor, Value};

/// A function takes at most so many values.
const MOST: usize = 16;

impl Evaluator<'_> {
    /// `torchscript("npo.pt", logits, label)`
    pub(super) fn torchscript(&self, args: &Args<'_>) -> Option<Data> {
        if !args.takes(2..=MOST + 1, &[]) {
            return None;
        }
        let first = &args.plain().next()?.value;
        let path = match args.value(first) {
            Value { data: Data::Text(path), .. } => path,
            Value { data: Data::Broken, .. } => return None,
            other => {
                let message =
                    format!("`torchscript` takes the path of a file first, this is {}", other.what());
                let help = "such as `torchscript(\"npo.pt\", logits, label)`";
                self.report(Diagnostic::error(Code::WrongType, first.span, message).help(help));
                return None;
            }
        };
        let operands: Vec<Option<Tensor>> = (1..args.plain().count()).map(|at| args.tensor(at)).collect();
        let digest = match self.files.function(&path) {
            Ok(digest) => digest,
            Err(problem) => {
                let found = Diagnostic::error(Code::Checkpoint, first.span, problem.what);
                self.report(found.help(problem.help));
                return None;
            }
        };
        let operands = operands.into_iter().collect::<Option<Vec<Tensor>>>()?;
        if operands.iter().any(|operand| operand.parameters.is_some()) {
            let message = "a TorchScript function takes values of samples, and this has weights among them";
            self.report(Diagnostic::error(Code::WrongType, args.span, message));
            return None;
        }
        let values: Vec<&Expression> = operands.iter().map(|operand| &operand.of).collect();
        let file = FunctionFile { path, digest };
        match tensor_of(Expression::of_all(&values, |of| Node::Script { of: of.to_vec(), file })) {
            Ok(tensor) => Some(Data::Tensor(Rc::new(tensor))),
            Err(problem) => {
                self.report(
                    Diagnostic::error(Code::Axes, args.span, problem).help("give it `logits` or `label`"),
                );
                None
            }
        }
    }
}
