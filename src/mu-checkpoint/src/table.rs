//! A file of weights: its tables of tensors, described; elements are read of those that a network takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::places::Fit;
use crate::storage::View;
use crate::{Array, CheckpointError, Dtype, Tensors};

/// Means and standard deviations by channel.
pub type MeanAndStd = (Vec<f32>, Vec<f32>);

/// The bytes behind the views.
pub(crate) trait Storages {
    fn tensor(&mut self, view: &View) -> Result<Array, String>;
}

/// A tensor of a file.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) view: View,
    /// What its elements are multiplied by.
    pub(crate) mask: Option<View>,
}

/// Tensors that a file has together.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Where: `state_dict`, `0.model`; empty where the file is this table.
    pub(crate) place: String,
    pub(crate) entries: Vec<Entry>,
    /// Of a tensor that is left out because it cannot be described.
    pub(crate) problem: Option<String>,
}

/// A file of weights.
pub struct Checkpoint {
    path: PathBuf,
    pub(crate) tables: Vec<Table>,
    /// Whether tensors stand in the order in which their network has them.
    pub(crate) ordered: bool,
    storages: Box<dyn Storages>,
}

impl Checkpoint {
    pub(crate) fn of(path: &Path, tables: Vec<Table>, ordered: bool, storages: Box<dyn Storages>) -> Self {
        Self { path: path.to_owned(), tables, ordered, storages }
    }

    /// The tensors of a network, by the network's names.
    ///
    /// # Errors
    /// Where the file is cut short, or a tensor holds no real numbers.
    pub fn load(&mut self, fit: &Fit) -> Result<BTreeMap<String, Array>, CheckpointError> {
        let entries = fit.tensors.iter().map(|t| (t, &self.tables[fit.table].entries[t.entry]));
        let wanted: Vec<_> = entries.map(|(t, e)| (t.name.clone(), t.shape.clone(), e.clone())).collect();
        let mut found = BTreeMap::new();
        for (name, shape, entry) in wanted {
            let array = self.array(&entry)?;
            if !array.dtype.is_real() {
                let problem = format!("{} holds no real numbers", entry.name);
                return Err(CheckpointError::format(&self.path, problem));
            }
            found.insert(name, Array { shape, ..array });
        }
        Ok(found)
    }

    /// Every tensor of a file that has one table of them.
    pub(crate) fn all(&mut self) -> Result<Tensors, CheckpointError> {
        let bad = |problem: String| CheckpointError::format(&self.path, problem);
        let [table] = self.tables.as_slice() else {
            return Err(bad(format!("it has {} tables of tensors", self.tables.len())));
        };
        if let Some(problem) = &table.problem {
            return Err(bad(problem.clone()));
        }
        let entries = table.entries.clone();
        entries.iter().map(|e| Ok((e.name.clone(), self.array(e)?))).collect()
    }

    /// Mean and standard deviation of a network that normalises its input itself, as Unlearn-WorstCase's do.
    ///
    /// # Errors
    /// Where the file is cut short.
    pub fn normalization(&mut self, fit: &Fit) -> Result<Option<MeanAndStd>, CheckpointError> {
        let entries = &self.tables[fit.table].entries;
        let find = |end: &str| entries.iter().find(|e| e.name.ends_with(end)).cloned();
        let (Some(mean), Some(std)) = (find("normalize.mean"), find("normalize.std")) else {
            return Ok(None);
        };
        Ok(self.array(&mean)?.to_f32().zip(self.array(&std)?.to_f32()))
    }

    fn array(&mut self, entry: &Entry) -> Result<Array, CheckpointError> {
        let named =
            |problem: String| CheckpointError::format(&self.path, format!("{} {problem}", entry.name));
        let array = self.storages.tensor(&entry.view).map_err(named)?;
        let Some(mask) = &entry.mask else { return Ok(array) };
        let mask = self.storages.tensor(mask).map_err(named)?;
        let (Some(values), Some(mask)) = (array.to_f32(), mask.numbers()) else {
            return Err(named("is pruned, and it or its mask holds no numbers that are read".to_owned()));
        };
        let bytes = values.iter().zip(&mask).flat_map(|(v, m)| (v * m).to_le_bytes()).collect();
        Ok(Array { dtype: Dtype::F32, shape: array.shape, bytes })
    }
}
