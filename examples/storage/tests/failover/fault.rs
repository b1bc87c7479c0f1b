//! The disturbances of a replicated database.

use std::sync::atomic::{AtomicU8, Ordering};

use second_factor::testkit::{history::Disturbance, storage::Trouble};

use crate::engine::{Engine, MACHINES, node};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The machine of the leader loses its network to the others, not to the clients.
    Cut,
    /// Every process of the leader's machine is killed.
    Kill,
    /// Every process of the leader's machine is paused: its connections stay open.
    Pause,
    /// Every process of every machine is killed.
    Restart,
    /// Another machine becomes the leader, as before maintenance.
    SwitchOver,
}

/// In this order. Two faults are one kill and one pause.
pub const KINDS: [Kind; 10] = [
    Kind::Kill,
    Kind::Pause,
    Kind::Cut,
    Kind::SwitchOver,
    Kind::Kill,
    Kind::Pause,
    Kind::Cut,
    Kind::Restart,
    Kind::Pause,
    Kind::Cut,
];

pub struct Fault {
    kind: Kind,
    engine: Engine,
    /// The machine of the leader when the fault began.
    machine: AtomicU8,
}

impl Fault {
    pub const fn new(kind: Kind, engine: Engine) -> Self {
        Self { kind, engine, machine: AtomicU8::new(0) }
    }
}

impl Disturbance for Fault {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Cut => "cut off the leader",
            Kind::Kill => "kill the leader",
            Kind::Pause => "pause the leader",
            Kind::Restart => "restart all",
            Kind::SwitchOver => "switch over",
        }
    }

    async fn begin(&self) -> Result<(), Trouble> {
        let machine = self.engine.leader().await?;
        self.machine.store(machine, Ordering::SeqCst);
        match self.kind {
            Kind::Cut => node("cut", machine).await,
            Kind::Kill => node("kill", machine).await,
            Kind::Pause => node("pause", machine).await,
            Kind::Restart => {
                for machine in MACHINES {
                    node("kill", machine).await?;
                }
                Ok(())
            }
            Kind::SwitchOver => self.engine.switch_over(machine).await,
        }
    }

    async fn end(&self) -> Result<(), Trouble> {
        let machine = self.machine.load(Ordering::SeqCst);
        match self.kind {
            Kind::Cut => node("heal", machine).await,
            Kind::Kill => node("start", machine).await,
            Kind::Pause => node("resume", machine).await,
            Kind::Restart => {
                for machine in MACHINES {
                    node("start", machine).await?;
                }
                Ok(())
            }
            Kind::SwitchOver => Ok(()),
        }
    }
}
