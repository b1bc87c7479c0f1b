//! The core, which makes decisions about one subject.
//!
//! A decision maps a record, an input and a moment to a transition.
//!
//! Applications use the types that the crate root re-exports. The others are public as
//! [`sans_io`](crate::sans_io).

mod decision;
mod device;
mod factor;
mod manage;
mod outgoing;
mod proof;
mod record;
mod send;
mod status;

#[cfg(test)]
pub(crate) use self::record::partial_proof::needs_another_factor;
pub(crate) use self::{
    decision::slow_check::{IsCounted, SlowClass},
    record::slow_hash::HashMemory,
};
pub use self::{
    decision::{
        checked::Checked,
        effects::Conversion,
        notice::Notice,
        root::RootSentinel,
        slow_check::{SlowCheck, SlowResult},
        subject::{Opened, RolledBack, Subject},
        transition::{Decision, Recognition, Settled, Transition},
    },
    device::list::KnownDevice,
    factor::{
        backup_code::BackupCodes,
        hashing::{Drawn, Hashed},
        hotp::HotpToken,
        pin::new_pin::{InvalidPin, NewPin},
        security_key::{
            ceremony::{Ceremony, CeremonyText, SecurityKey},
            input::{
                CeremonyRequest, CeremonyState, InvalidSecurityKey, NewSecurityKey,
                SecurityKeyOutcome,
            },
        },
        sign_in_request::request::{PendingRequest, RequestAnswer, RequestedFrom, SignInRequest},
    },
    manage::{
        authority::{Authority, Enroller, Grant},
        enroll::{Enrollment, NewTotp, TotpAccount},
        export::{ExportedSecrets, ExportedTotp},
        import::{Import, InvalidImport},
        operator::Operator,
        revoke::WhatsApp,
        support::NewSupportCode,
    },
    outgoing::Outgoing,
    proof::Proof,
    record::{
        codec::Unreadable,
        new_device::NewDevice,
        personal_item::{PersonalItem, PersonalValue},
    },
    send::{
        challenge::{Alternative, Challenge},
        reference::SendReference,
        request::CodeRequest,
        reservation::{BudgetCharge, Reservation},
    },
    status::{
        Status,
        factor_status::{FactorState, FactorStatus, PinStatus},
        personal_data::PersonalData,
    },
};
