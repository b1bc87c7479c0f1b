//! Personal data: access and erasure.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests may panic")]

use alloc::{collections::BTreeMap, sync::Arc};
use core::convert::Infallible;
use std::sync::Mutex;

use crate::support::{
    World,
    devices::{request, trust_by, visit},
    mail, prove,
    slow::{DAY, cheap},
};
use second_factor::{
    Address, Keys, NewDevice, SubjectId, block_on,
    sans_io::RootSentinel,
    storage::{Record, RecordId, Storage, Swap},
    verifier::PersonalData,
};

/// A store from which records can be deleted.
#[derive(Clone, Default)]
struct Erasable(Arc<Mutex<BTreeMap<RecordId, Record>>>);

impl Erasable {
    fn delete(&self, id: &RecordId) -> bool {
        self.0.lock().unwrap().remove(id).is_some()
    }

    /// Everything but the sentinel, which belongs to no user.
    fn left(&self) -> Vec<Record> {
        let records = self.0.lock().unwrap();
        let of_users = records.iter().filter(|(id, _)| **id != RootSentinel::record_id());
        of_users.map(|(_, record)| record.clone()).collect()
    }
}

impl Storage for Erasable {
    type Error = Infallible;

    async fn load(&self, id: &RecordId) -> Result<Option<Record>, Infallible> {
        Ok(self.0.lock().unwrap().get(id).cloned())
    }

    async fn compare_and_swap(
        &self,
        id: &RecordId,
        expected: Option<second_factor::storage::Version>,
        record: &Record,
    ) -> Result<Swap, Infallible> {
        let mut records = self.0.lock().unwrap();
        if records.get(id).map(Record::version) != expected {
            return Ok(Swap::Conflict);
        }
        records.insert(*id, record.clone());
        Ok(Swap::Commit)
    }
}

/// A subject that uses everything.
async fn lived_in() -> World<Erasable> {
    let world = World::over(Erasable::default(), cheap());
    let (app, _) = world.with_settled_app().await;
    let proof = crate::support::fresh(&world, &app).await;
    let _ = world.with_phone(&proof).await;
    let _ = prove(&world, &proof, &mail()).await.unwrap();
    let _ = world.verifier.new_backup_codes(&proof).await.unwrap();
    world.clock.advance(2 * DAY);
    let phone =
        NewDevice::new("Firefox, Lisbon").with_push(&Address::push("token-of-app").unwrap());
    let mut token = trust_by(&world, &app, phone).await.unwrap();
    world.clock.advance(60);
    let _ = visit(&world, &mut token).await;
    let proof = crate::support::fresh(&world, &app).await;
    // An address that is claimed and never proven.
    let claimed = Address::phone("+14155550177").unwrap();
    let _ = world.verifier.enroll_address(&proof, &claimed).await.unwrap();
    let (sent, _) = world.send_to(&world.number).await;
    let _ = world.try_code(&sent, "000000").await;
    let _ = request(&world).await;
    world
}

async fn data(world: &World<Erasable>) -> PersonalData {
    world.verifier.operations().personal_data(&world.alice).await.unwrap()
}

fn ids(data: &PersonalData) -> impl Iterator<Item = &RecordId> {
    data.budgets().iter().chain([data.record()])
}

#[test]
fn deletion_of_the_named_records_leaves_nothing_of_the_user() {
    block_on(async {
        let world = lived_in().await;
        assert!(world.store.left().len() >= 5, "{}", world.store.left().len());
        let data = data(&world).await;
        for id in ids(&data) {
            world.store.delete(id);
        }
        assert!(world.store.left().is_empty(), "{} records are left", world.store.left().len());
    });
}

#[test]
fn deletion_of_the_record_leaves_only_budgets_of_a_day() {
    block_on(async {
        let world = lived_in().await;
        assert!(world.store.delete(data(&world).await.record()));
        let a_day = world.clock.time().plus(DAY);
        for budget in world.store.left() {
            assert!(budget.forget_after().is_some_and(|time| time <= a_day), "{budget:?}");
        }
    });
}

/// The budget of an address is found by its count when the enrollment is over.
#[test]
fn forgotten_address_has_its_budget_named() {
    block_on(async {
        let world = lived_in().await;
        world.clock.advance(3600);
        let _ = world.send_to(&world.number).await;
        let claimed = Address::phone("+14155550177").unwrap();
        let data = data(&world).await;
        let budget = Keys::new(crate::support::ROOT).budget_record(&claimed);
        assert!(data.budgets().contains(&budget));
    });
}

#[test]
fn other_users_keep_their_records() {
    block_on(async {
        let world = lived_in().await;
        let bob = SubjectId::new("bob").unwrap();
        let number = Address::phone("+14255550155").unwrap();
        let sent = world.verifier.enroll_address(&bob, &number).await.unwrap();
        let before = world.store.left().len();
        let data = data(&world).await;
        let of_bob = world.verifier.operations().personal_data(&bob).await.unwrap();
        assert!(ids(&data).all(|id| ids(&of_bob).all(|its| its != id)));
        for id in ids(&data) {
            world.store.delete(id);
        }
        assert!(world.store.left().len() >= 2 && world.store.left().len() < before);
        world.verifier.confirm(&bob, &sent, &world.read_code()).await.unwrap();
    });
}

#[test]
fn data_shows_what_the_user_did() {
    block_on(async {
        let world = lived_in().await;
        let shown = data(&world).await.to_string();
        for expected in [
            "account: user alice",
            "phone: address +14155550100",
            "email: address alice@example.com",
            "device: label Firefox, Lisbon",
            "push_address token-of-app",
            "enrollment: kind phone, address +14155550177",
            "device Firefox, location Lisbon",
            "backup_codes: count 10, left 10",
        ] {
            assert!(shown.contains(expected), "{expected:?} is not in {shown}");
        }
        assert!(!shown.contains("bob"));
        let json = serde_json::to_value(data(&world).await).unwrap();
        let items = json["items"].as_array().unwrap();
        assert_eq!(items.len(), shown.lines().count());
        assert!(items.iter().any(|item| item["item"] == "totp"));
    });
}

#[test]
fn reading_the_data_writes_and_reports_nothing() {
    block_on(async {
        let world = lived_in().await;
        let versions = || world.store.left().iter().map(Record::version).collect::<Vec<_>>();
        let (before, _) = (versions(), world.log.take());
        let _ = data(&world).await;
        assert_eq!(versions(), before);
        assert!(world.log.take().is_empty());
        let nobody = SubjectId::new("nobody").unwrap();
        let data = world.verifier.operations().personal_data(&nobody).await.unwrap();
        assert!(data.items().is_empty());
    });
}
