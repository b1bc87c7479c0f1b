use super::*;
use crate::{
    address::Address,
    id::SubjectId,
    keys::Keys,
    moment::Moment,
    policy::Policy,
    subject::{
        Opened,
        factor::sent_code,
        record::{
            lease::{Lease, LeaseTarget},
            lifetime::{Cooldown, Lifetime},
            limiter::{FailureEffect, Limiter},
            open_codes::OpenChallenge,
            registration::OpenRegistration,
            stored_code::StoredCode,
        },
    },
    time::UnixTime,
};

const NOW: UnixTime = UnixTime::from_secs(1_000_000);

fn known(id: [u8; 16]) -> Device {
    Device {
        id: id.into(),
        series: id.into(),
        label: "".into(),
        created_at: NOW.as_secs(),
        last_used_at: NOW.as_secs(),
        rotation: 0,
        limiter: Limiter::new(),
        trust: None,
    }
}

fn sent(purpose: Operation) -> StoredCode {
    StoredCode {
        id: [3; 16].into(),
        challenge_lifetime: Lifetime::new(NOW, 600),
        code_lifetime: Lifetime::new(NOW, 300),
        ..sent_code::empty(purpose)
    }
}

fn lease(lane: Lane) -> Lease {
    Lease {
        id: [5; 16].into(),
        running: Cooldown::new(NOW, 60),
        target: LeaseTarget::Pin,
        lane,
        purpose: Operation::SignIn,
        resumes: None,
        first_factor: None,
        effect: FailureEffect::Counted,
    }
}

#[test]
fn removed_device_ends_only_what_began_in_its_lane() {
    let (keys, policy) = (Keys::new(core::array::from_fn(|i| i as u8)), Policy::default());
    let alice = SubjectId::new("alice").unwrap();
    let opened = Subject::open(&keys, &policy, &alice, None, Moment::new(NOW, [1; 32]));
    let Ok(Opened::Ready(mut subject)) = opened else { panic!("no clock fault") };
    let [removed, other] = [[1; 16], [2; 16]];
    subject.state.devices = [known(removed), known(other)].into();
    let others = [Lane::Known(other.into()), Lane::Passed, Lane::Anonymous];
    for lane in [Lane::Known(removed.into())].into_iter().chain(others) {
        let (address, sent_to) = ([6; 16].into(), Address::phone("+14155550100").unwrap());
        let challenge = sent(Operation::SignIn);
        let open = OpenChallenge { address, sent: challenge, first_factor: None, lane };
        subject.state.challenges.push(open);
        let registration = sent(Operation::Register);
        let open = OpenRegistration { address: sent_to, sent: registration, lane };
        subject.state.registration.open.push(open);
        subject.state.leases.push(lease(lane));
    }
    assert!(subject.remove_device(&ItemId::new(removed)));
    let state = &subject.state;
    assert!(state.devices.iter().all(|device| *device.id == other));
    assert!(state.challenges.iter().map(|open| open.lane).eq(others));
    assert!(state.registration.open.iter().map(|open| open.lane).eq(others));
    assert!(state.leases.iter().map(|lease| lease.lane).eq(others));
}
