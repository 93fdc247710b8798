//! The files of a program and what their names mean.

use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, FileId, Sink, Sources, Span, did_you_mean};
use mu_syntax::ast::{Declaration, Item, Let, Name};

/// Where sources come from: the front end itself touches no disk.
pub trait Files {
    /// The text of a file.
    ///
    /// # Errors
    /// In words, where it cannot be read.
    fn read(&self, path: &str) -> Result<String, String>;
    /// The path that `spec` means in a file at `from`.
    fn join(&self, from: &str, spec: &str) -> String;
}

#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Let(Rc<Let>),
    Declaration(Rc<Declaration>),
}

impl Definition {
    fn name(&self) -> &Name {
        match self {
            Definition::Let(l) => &l.name,
            Definition::Declaration(d) => &d.name,
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Module {
    names: IndexMap<String, Definition>,
    uses: IndexMap<String, usize>,
}

/// Module 0 is the standard library, module 1 the file that is checked.
#[derive(Debug)]
pub(crate) struct World {
    modules: Vec<Module>,
}

pub(crate) const STD: usize = 0;
pub(crate) const ROOT: usize = 1;

impl World {
    /// Reads the standard library and the root file with all it uses.
    pub(crate) fn load(files: &dyn Files, sources: &mut Sources, root: FileId, sink: &mut Sink) -> Self {
        let mut world = Self { modules: vec![Module::default(), Module::default()] };
        for file in mu_stdlib::files() {
            let id = sources.add(file.name, file.text);
            world.add_file(files, sources, id, STD, sink, &mut Vec::new());
        }
        world.add_file(files, sources, root, ROOT, sink, &mut vec![(root, ROOT)]);
        world
    }

    fn add_file(
        &mut self,
        files: &dyn Files,
        sources: &mut Sources,
        id: FileId,
        module: usize,
        sink: &mut Sink,
        open: &mut Vec<(FileId, usize)>,
    ) {
        let parsed = mu_syntax::parse(sources.text(id), id);
        sink.extend(parsed.diagnostics);
        if let Some((edition, span)) = parsed.file.edition.filter(|(e, _)| *e != 1.0) {
            sink.push(
                Diagnostic::error(Code::Edition, span, format!("edition {edition} is not known to this mu"))
                    .help("write `mu 1`"),
            );
        }
        for item in parsed.file.items {
            match item {
                Item::Let(l) => self.define(module, Definition::Let(Rc::new(l)), sink),
                Item::Declaration(d) => self.define(module, Definition::Declaration(Rc::new(d)), sink),
                Item::Use(u) => {
                    let path = files.join(sources.name(id), &u.path.text);
                    let alias = u.alias.as_ref().map_or_else(
                        || path.rsplit('/').next().unwrap_or("").trim_end_matches(".mu").to_owned(),
                        |a| a.text.clone(),
                    );
                    let known = sources.find(&path);
                    if let Some(at) = known.and_then(|k| open.iter().position(|(f, _)| *f == k)) {
                        let chain: Vec<&str> = open[at..].iter().map(|(f, _)| sources.name(*f)).collect();
                        sink.push(
                            Diagnostic::error(Code::Cycle, u.path.span, "this `use` leads back to itself")
                                .label(format!("{} → {path}", chain.join(" → ")))
                                .help("move what both files need into a third one"),
                        );
                        continue;
                    }
                    match files.read(&path) {
                        Ok(text) => {
                            let used = sources.add(path, text);
                            let next = self.modules.len();
                            self.modules.push(Module::default());
                            self.modules[module].uses.insert(alias, next);
                            open.push((used, next));
                            self.add_file(files, sources, used, next, sink, open);
                            open.pop();
                        }
                        Err(reason) => sink.push(
                            Diagnostic::error(
                                Code::Unreadable,
                                u.path.span,
                                format!("cannot read `{path}`: {reason}"),
                            )
                            .help("paths are relative to this file"),
                        ),
                    }
                }
            }
        }
    }

    fn define(&mut self, module: usize, definition: Definition, sink: &mut Sink) {
        let name = definition.name().clone();
        if self.modules[module].names.contains_key(&name.text) {
            sink.push(
                Diagnostic::error(Code::Duplicate, name.span, format!("`{}` is defined twice", name.text))
                    .label("the second definition")
                    .help("give one of them another name"),
            );
        } else {
            self.modules[module].names.insert(name.text, definition);
        }
    }

    /// What a path means in a module, and the module it is defined in.
    pub(crate) fn find(&self, module: usize, path: &str) -> Option<(&Definition, usize)> {
        if let Some((alias, name)) = path.split_once('.') {
            let used = *self.modules[module].uses.get(alias)?;
            return self.modules[used].names.get(name).map(|d| (d, used));
        }
        [module, STD].into_iter().find_map(|m| self.modules[m].names.get(path).map(|d| (d, m)))
    }

    /// The declarations and lets of a module, in order.
    pub(crate) fn definitions(&self, module: usize) -> impl Iterator<Item = &Definition> {
        self.modules[module].names.values()
    }

    pub(crate) fn unknown(&self, module: usize, path: &str, span: Span, locals: &[&str]) -> Diagnostic {
        let candidates = [module, STD]
            .into_iter()
            .flat_map(|m| self.modules[m].names.keys())
            .map(String::as_str)
            .chain(locals.iter().copied());
        let help = match path.split_once('.') {
            Some((alias, name)) => match self.modules[module].uses.get(alias) {
                Some(used) => did_you_mean(name, self.modules[*used].names.keys().map(String::as_str)),
                None => did_you_mean(path, locals.iter().copied()),
            },
            None => did_you_mean(path, candidates),
        };
        Diagnostic::error(Code::UnknownName, span, format!("nothing is called `{path}`"))
            .label("not defined here, nor in the standard library")
            .maybe_help(help)
    }
}
