//! An index of the objects: what each is, when it was made, what it took. Only ever a copy of what the objects say: it is
//! brought up to date when it is opened, and can be thrown away.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use mu_step::StepKey;
use rusqlite::{Connection, params};

use crate::{Meta, Store};

/// Raised when the table changes: an older one is built anew.
const LAYOUT: i64 = 2;

/// What the index says of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its key.
    pub key: StepKey,
    /// The step's word: `train`, `infer`, ….
    pub step: String,
    /// Wall time, seconds.
    pub seconds: f64,
    /// Multiplications and additions.
    pub flops: f64,
    /// The most memory that its process had, bytes.
    pub peak: Option<u64>,
    /// The most memory of a GPU that it had, bytes.
    pub device_peak: Option<u64>,
    /// Bytes on disk.
    pub bytes: u64,
    /// When it was made, seconds since 1970.
    pub made: u64,
    /// `Cpu`, `Cuda(0)`, ….
    pub device: String,
    /// Threads of its worker.
    pub threads: u64,
}

/// The index.
pub struct Catalog(Connection);

impl Catalog {
    /// Opens the index of a store and brings it up to date. Where the store cannot be written, or the index is damaged or in
    /// use on a file system without locks, it is built in memory.
    ///
    /// # Errors
    /// In words, where not even that works.
    pub fn open(store: &Store) -> Result<Self, String> {
        let at = store.root().join("catalog.sqlite");
        let on_disk = store.root().is_dir().then(|| Self::on_disk(&at, store));
        match on_disk {
            Some(Ok(catalog)) => Ok(catalog),
            _ => {
                let mut memory = Self(Connection::open_in_memory().map_err(|e| e.to_string())?);
                memory.prepare().and_then(|()| memory.update(store)).map_err(|e| e.to_string())?;
                Ok(memory)
            }
        }
    }

    fn on_disk(at: &Path, store: &Store) -> rusqlite::Result<Self> {
        let open = || -> rusqlite::Result<Self> {
            let mut catalog = Self(Connection::open(at)?);
            store.modes().give(at);
            catalog.0.busy_timeout(std::time::Duration::from_secs(5))?;
            catalog.prepare()?;
            catalog.update(store)?;
            Ok(catalog)
        };
        open().or_else(|_| {
            // Damaged, or another program's: it is only a copy.
            let _ = fs::remove_file(at);
            open()
        })
    }

    /// Builds the index of a store anew; how many objects it has.
    ///
    /// # Errors
    /// In words, where it cannot be written.
    pub fn reindex(store: &Store) -> Result<usize, String> {
        let at = store.root().join("catalog.sqlite");
        match fs::remove_file(&at) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("cannot remove {}: {error}", at.display()));
            }
            _ => {}
        }
        let catalog = Self::on_disk(&at, store).map_err(|e| format!("{}: {e}", at.display()))?;
        catalog.entries().map(|entries| entries.len())
    }

    fn prepare(&mut self) -> rusqlite::Result<()> {
        let layout: i64 = self.0.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if layout != LAYOUT {
            self.0.execute_batch(&format!(
                "BEGIN; DROP TABLE IF EXISTS objects;
                 CREATE TABLE objects (key TEXT PRIMARY KEY, step TEXT, seconds REAL, flops REAL, peak INTEGER,
                   bytes INTEGER, made INTEGER, device TEXT, threads INTEGER, device_peak INTEGER) WITHOUT ROWID;
                 CREATE INDEX of_step ON objects (step);
                 PRAGMA user_version = {LAYOUT}; COMMIT;"
            ))?;
        }
        Ok(())
    }

    /// Adds the objects that are new and takes out those that are gone.
    fn update(&mut self, store: &Store) -> rusqlite::Result<()> {
        let there = store.keys();
        let change = self.0.transaction()?;
        let known: HashSet<String> = {
            let mut all = change.prepare("SELECT key FROM objects")?;
            all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        {
            let mut add = change
                .prepare("INSERT OR REPLACE INTO objects VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
            for key in there.iter().filter(|k| !known.contains(&k.to_string())) {
                // What cannot be read is `verify`'s to tell.
                let Some((meta, bytes)) = store.glance(*key) else { continue };
                let said = |name: &str| meta.environment.get(name).cloned().unwrap_or_default();
                add.execute(params![
                    key.to_string(),
                    word(&meta),
                    meta.seconds,
                    meta.flops,
                    meta.peak.map(|p| p as i64),
                    bytes as i64,
                    meta.made as i64,
                    said("device"),
                    said("threads").parse::<i64>().unwrap_or(1),
                    meta.device_peak.map(|p| p as i64),
                ])?;
            }
            let mut drop = change.prepare("DELETE FROM objects WHERE key = ?1")?;
            let gone = |key: &&String| StepKey::try_from((*key).clone()).is_ok_and(|k| !there.contains(&k));
            for key in known.iter().filter(gone) {
                drop.execute([key])?;
            }
        }
        change.commit()
    }

    /// All objects, by when they were made.
    ///
    /// # Errors
    /// In words, where the index cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, String> {
        let read = || -> rusqlite::Result<Vec<Entry>> {
            let mut all = self.0.prepare("SELECT * FROM objects ORDER BY made, key")?;
            let rows = all.query_map([], |row| {
                let key: String = row.get(0)?;
                Ok(StepKey::try_from(key).ok().map(|key| (key, row)).map(|(key, row)| {
                    Ok(Entry {
                        key,
                        step: row.get(1)?,
                        seconds: row.get(2)?,
                        flops: row.get(3)?,
                        peak: row.get::<_, Option<i64>>(4)?.map(|p| p as u64),
                        bytes: row.get::<_, i64>(5)? as u64,
                        made: row.get::<_, i64>(6)? as u64,
                        device: row.get(7)?,
                        threads: row.get::<_, i64>(8)? as u64,
                        device_peak: row.get::<_, Option<i64>>(9)?.map(|p| p as u64),
                    })
                }))
            })?;
            rows.filter_map(|row| row.transpose()).map(|row| row.and_then(|entry| entry)).collect()
        };
        read().map_err(|e| e.to_string())
    }
}

/// The word of the step that made an object.
fn word(meta: &Meta) -> String {
    meta.spec.get("step").and_then(|s| s.as_str()).unwrap_or("unknown").to_owned()
}
