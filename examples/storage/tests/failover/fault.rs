//! The disturbances of a replicated database.

use std::{sync::Mutex, time::Duration};

use second_factor::testkit::{history::Disturbance, storage::Trouble};
use tokio::time::sleep;

use crate::engine::{Engine, MACHINES, Machine, node};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No fault: what a store violates without one.
    Calm,
    /// The machine of the leader loses its network to the others, not to the clients.
    Cut,
    /// Every process of the leader's machine is killed.
    Kill,
    /// Every process of the leader's machine is paused: its connections stay open.
    Pause,
    /// Every process of every machine is killed, and all start again.
    Restart,
    /// Another machine becomes the leader, as before maintenance.
    SwitchOver,
}

/// In this order. Two faults are one kill and one pause.
pub const KINDS: [Kind; 5] = [Kind::Kill, Kind::Pause, Kind::Cut, Kind::Restart, Kind::SwitchOver];

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "no fault",
            Self::Cut => "cut off the leader",
            Self::Kill => "kill the leader",
            Self::Pause => "pause the leader",
            Self::Restart => "restart all",
            Self::SwitchOver => "switch over",
        }
    }
}

pub struct Fault {
    kind: Kind,
    engine: Engine,
    /// The machine of the leader when the fault began.
    machine: Mutex<Option<Machine>>,
}

impl Fault {
    pub const fn new(kind: Kind, engine: Engine) -> Self {
        Self { kind, engine, machine: Mutex::new(None) }
    }
}

impl Fault {
    async fn try_begin(&self) -> Result<(), Trouble> {
        let machine = self.engine.leader().await?;
        *self.machine.lock().unwrap() = Some(machine);
        match self.kind {
            Kind::Calm => Ok(()),
            Kind::Cut => node("cut", &[machine]).await,
            Kind::Kill => node("kill", &[machine]).await,
            Kind::Pause => node("pause", &[machine]).await,
            Kind::Restart => node("kill", &MACHINES).await,
            Kind::SwitchOver => self.engine.switch_over(machine).await,
        }
    }
}

impl Disturbance for Fault {
    fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// Begins the fault, which a server on a busy machine may refuse at first.
    async fn begin(&self) -> Result<(), Trouble> {
        let mut begun = Ok(());
        for _ in 0..20 {
            begun = self.try_begin().await;
            if begun.is_ok() {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        begun
    }

    async fn end(&self) -> Result<(), Trouble> {
        let machine = self.machine.lock().unwrap().ok_or("it did not begin")?;
        match self.kind {
            Kind::Calm => Ok(()),
            Kind::Cut => node("heal", &[machine]).await,
            Kind::Kill => node("start", &[machine]).await,
            Kind::Pause => node("resume", &[machine]).await,
            Kind::Restart => node("start", &MACHINES).await,
            Kind::SwitchOver => self.engine.after_switch_over(machine).await,
        }
    }
}
