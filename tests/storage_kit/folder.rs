//! A store of files that processes share.
//!
//! With a lock inside of one process only, it must be rejected.

use core::time::Duration;
use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{Mutex, PoisonError},
    thread,
};

use second_factor::{
    block_on,
    storage::{Record, RecordId, Storage, Swap, Version},
    testkit::{
        check_storage,
        storage::{Ability, Clause, Stores, Task, Trouble, Violation, increment},
    },
};

/// Who waits while a swap is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    AllProcesses,
    ThisProcess,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    lock: Lock,
}

static THIS_PROCESS: Mutex<()> = Mutex::new(());

impl Storage for Folder {
    type Error = io::Error;

    async fn load(&self, id: &RecordId) -> io::Result<Option<Record>> {
        self.read(id)
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<Version>,
        record: &Record,
    ) -> io::Result<Swap> {
        let _here = THIS_PROCESS.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = match self.lock {
            Lock::AllProcesses => Some(Alone::new(&self.path)?),
            Lock::ThisProcess => None,
        };
        if self.read(id)?.as_ref().map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        if self.lock == Lock::ThisProcess {
            thread::sleep(Duration::from_millis(3));
        }
        let content = [&record.version().get().to_be_bytes(), record.bytes()].concat();
        let written = self.path.join(format!("{id}.{}", process::id()));
        fs::write(&written, content)?;
        fs::rename(&written, self.path.join(id.to_string()))?;
        Ok(Swap::Commit)
    }
}

impl Folder {
    fn read(&self, id: &RecordId) -> io::Result<Option<Record>> {
        // A missing folder must be an error, not a missing record.
        fs::metadata(&self.path)?;
        match fs::read(self.path.join(id.to_string())) {
            Ok(content) => match content.split_first_chunk() {
                Some((version, bytes)) => {
                    let version = Version::new(i64::from_be_bytes(*version));
                    Ok(Some(Record::new(version, bytes.to_vec())))
                }
                None => Err(io::ErrorKind::InvalidData.into()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A lock: a folder that only one process can create.
struct Alone(PathBuf);

impl Alone {
    fn new(path: &Path) -> io::Result<Self> {
        let path = path.join("lock");
        loop {
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => thread::yield_now(),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// Creates folders, and removes them when the test ends.
struct Folders {
    lock: Lock,
    base: PathBuf,
    made: Mutex<u32>,
}

impl Folders {
    fn new(lock: Lock) -> Self {
        let base = env::temp_dir().join(format!("second_factor_{lock:?}_{}", process::id()));
        Self { lock, base, made: Mutex::default() }
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.base);
    }
}

impl Stores for Folders {
    type Place = PathBuf;
    type Store = Folder;

    async fn fresh(&self) -> Result<PathBuf, Trouble> {
        let mut made = self.made.lock().unwrap();
        *made += 1;
        let path = self.base.join(made.to_string());
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    async fn open(&self, place: &PathBuf) -> Result<Folder, Trouble> {
        Ok(Folder { path: place.clone(), lock: self.lock })
    }

    fn spawn(&self, task: Task) {
        thread::spawn(move || block_on(task));
    }

    async fn spoil(&self, place: &PathBuf) -> Result<Ability, Trouble> {
        fs::remove_dir_all(place)?;
        Ok(Ability::Done)
    }

    fn worker(&self, place: &PathBuf, times: u32) -> Option<Command> {
        let mut command = Command::new(env::current_exe().ok()?);
        command.args(["--exact", "folder::as_a_worker", "--ignored", "--nocapture"]);
        command.env("FOLDER", place).env("TIMES", times.to_string());
        command.env("LOCK", format!("{:?}", self.lock));
        Some(command)
    }
}

#[test]
#[ignore = "runs as a worker process of the tests in this file"]
fn as_a_worker() {
    let Ok(path) = env::var("FOLDER") else { return };
    let times = env::var("TIMES").unwrap().parse().unwrap();
    let lock = match env::var("LOCK").unwrap().as_str() {
        "ThisProcess" => Lock::ThisProcess,
        _ => Lock::AllProcesses,
    };
    block_on(increment(&Folder { path: path.into(), lock }, times)).unwrap();
}

#[test]
fn store_shared_by_processes_passes() {
    block_on(check_storage(Folders::new(Lock::AllProcesses))).unwrap();
}

#[test]
fn store_with_in_process_lock_is_rejected_for_swaps() {
    let rejected = block_on(check_storage(Folders::new(Lock::ThisProcess))).unwrap_err();
    let clauses: Vec<Clause> = rejected.report().violations().map(Violation::clause).collect();
    assert_eq!(clauses, [Clause::Swap], "{rejected}");
}
