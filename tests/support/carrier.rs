//! Carrier that records notices and can hang.

use std::sync::{Arc, Mutex};

use second_factor::{
    Address, FirstFactor, Keys, Message, Verifier,
    delivery::{Delivery, Receipt, Undelivered},
    host::Event,
    message::Content,
    testkit::{MessageLog, SeededEntropy},
};

use super::{
    ROOT, fresh, mail, prove,
    slow::{Alice, DAY, cheap, printed},
    watched::Watched,
};

/// A carrier that records each notice and can be made to hang.
#[derive(Clone, Default)]
pub struct Carrier {
    notices: Arc<Mutex<Vec<SentNotice>>>,
    hangs: Arc<Mutex<bool>>,
    phone: MessageLog,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentNotice {
    pub event: Event,
    pub address: Address,
    pub reference: String,
}

impl Carrier {
    pub fn take(&self) -> Vec<SentNotice> {
        core::mem::take(&mut self.notices.lock().unwrap())
    }

    pub fn hang(&self, hangs: bool) {
        *self.hangs.lock().unwrap() = hangs;
    }
}

impl Delivery for Carrier {
    async fn deliver(&self, message: Message) -> Result<Receipt, Undelivered> {
        if let Content::Notice(event) = message.content() {
            self.notices.lock().unwrap().push(SentNotice {
                event: event.clone(),
                address: message.address().clone(),
                reference: message.reference().to_owned(),
            });
            if *self.hangs.lock().unwrap() {
                core::future::pending::<()>().await;
            }
        }
        self.phone.deliver(message).await
    }
}

/// A subject with a TOTP app, a phone, a mailbox and backup codes, notified through a [`Carrier`].
pub async fn with_carrier() -> (Alice<Watched>, Carrier) {
    let mut alice = Alice::over(Watched::default(), cheap()).await;
    let carrier = Carrier { phone: alice.world.phone.clone(), ..Carrier::default() };
    let (store, keys) = (alice.world.store.clone(), Keys::new(ROOT));
    alice.world.verifier = Verifier::builder("Example", store, carrier.clone(), keys)
        .first_factor(FirstFactor::Password)
        .policy(cheap())
        .clock(alice.world.clock.clone())
        .entropy(SeededEntropy::new(8))
        .listener(alice.world.log.clone())
        .build()
        .unwrap();
    let _ = alice.world.with_phone(&alice.proof).await;
    alice.world.clock.advance(60);
    let _ = prove(&alice.world, &alice.proof, &mail()).await.unwrap();
    alice.codes = printed(alice.world.verifier.new_backup_codes(&alice.proof).await.unwrap());
    // The text messages of this hour are forgotten.
    alice.world.clock.advance(2 * DAY);
    alice.proof = fresh(&alice.world, &alice.app).await;
    let _ = (alice.world.log.take(), carrier.take());
    (alice, carrier)
}
