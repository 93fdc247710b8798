//! A method that is a program of the user's: what is started, what it is told, and which files it is made of.

use std::collections::BTreeMap;

use mu_diag::{Code, Diagnostic};
use mu_step::{ProgramFile, UserProgram};
use serde_json::{Value as Json, json};

use crate::eval::Evaluator;
use crate::unit::Unit;
use crate::value::{Component, Data, Value};

/// The word of the declaration.
pub(super) const PROGRAM: &str = "program";

impl Evaluator<'_> {
    /// The program that a component stands for; without the digests of its files.
    pub(super) fn user_program(&self, c: &Component) -> Option<UserProgram> {
        let file = c.arg("file")?;
        let own = text(file)?;
        let command = self.start_words(c, own);
        let files = self.program_files(c, file);
        let mut parameters = BTreeMap::new();
        let mut whole = true;
        let declared = |name: &str| c.declaration.params.iter().any(|p| p.name.text == name);
        for (name, value) in c.args.iter().filter(|(name, _)| !declared(name)) {
            match json(value) {
                Some(told) => drop(parameters.insert(name.clone(), told)),
                None => {
                    whole = false;
                    let message = format!("`{name}` is told to a program, and this is {}", value.what());
                    let help = "a program is told numbers, texts, true or false, and lists of these";
                    self.report(Diagnostic::error(Code::WrongType, value.span, message).help(help));
                }
            }
        }
        let (command, files) = (command?, files?);
        whole.then_some(UserProgram { command, files, parameters })
    }

    /// The words that start a program, before its file's name.
    fn start_words(&self, c: &Component, file: &str) -> Option<Vec<String>> {
        let said = c.arg("command")?;
        let words: Vec<String> = match &said.data {
            Data::Text(line) => line.split_whitespace().map(ToOwned::to_owned).collect(),
            Data::List(items) => items.iter().filter_map(|i| text(i).map(ToOwned::to_owned)).collect(),
            _ if file.ends_with(".py") => return Some(vec!["python3".to_owned()]),
            _ => return Some(Vec::new()),
        };
        if words.first().is_none_or(String::is_empty) {
            let message = "this command has no word";
            let help = "such as `command: \"python3 -O\"`; without it a `.py` is run by python3, any other file by itself";
            self.report(Diagnostic::error(Code::OutOfRange, said.span, message).help(help));
            return None;
        }
        Some(words)
    }

    /// Its files by their places beside it, it itself first.
    fn program_files(&self, c: &Component, first: &Value) -> Option<Vec<ProgramFile>> {
        let own = text(first)?;
        let folder = parts(own);
        let (name, folder) = folder.split_last()?;
        let mut files =
            vec![ProgramFile { path: own.to_owned(), name: (*name).to_owned(), digest: String::new() }];
        let Data::List(more) = &c.arg("files")?.data else { return Some(files) };
        let mut whole = true;
        for value in more {
            let path = text(value)?;
            let place = parts(path);
            let problem = match place.strip_prefix(folder) {
                Some(below) if !below.is_empty() && !below.contains(&"..") => {
                    let name = below.join("/");
                    if files.iter().any(|f| f.name == name) {
                        Some((
                            Code::Duplicate,
                            format!("`{path}` is one of its files already"),
                            "remove one of them",
                        ))
                    } else {
                        files.push(ProgramFile { path: path.to_owned(), name, digest: String::new() });
                        None
                    }
                }
                _ => Some((
                    Code::OutOfRange,
                    format!("`{path}` does not lie in the folder of `{own}`, nor below it"),
                    "a program finds its files beside it: move this one there",
                )),
            };
            if let Some((code, message, help)) = problem {
                whole = false;
                self.report(Diagnostic::error(code, value.span, message).help(help));
            }
        }
        whole.then_some(files)
    }
}

/// The parts of a path, by name alone: `a/./b/../c` is `a`, `c`.
fn parts(path: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|p| *p != ".." && !p.is_empty()) => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts
}

fn text(value: &Value) -> Option<&str> {
    match &value.data {
        Data::Text(text) => Some(text),
        _ => None,
    }
}

/// A value as programs are told it: a number without its unit, a percentage as a share.
fn json(value: &Value) -> Option<Json> {
    Some(match &value.data {
        Data::Number(v, Unit::Percent) => json!(v.real() / 100.0),
        Data::Number(v, _) => match v.whole().and_then(|whole| i64::try_from(whole).ok()) {
            Some(whole) => json!(whole),
            None => json!(v.real()),
        },
        Data::Text(text) => json!(text),
        Data::Bool(flag) => json!(flag),
        Data::List(items) => Json::Array(items.iter().map(json).collect::<Option<_>>()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn places_are_compared_by_name() {
        assert_eq!(parts("a/./b/../c.py"), ["a", "c.py"]);
        assert_eq!(parts("../x//y"), ["..", "x", "y"]);
        assert_eq!(parts("/a/b"), ["", "a", "b"]);
        assert_eq!(parts("../../a"), ["..", "..", "a"]);
    }
}
