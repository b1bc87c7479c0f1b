//! Registration as on WhatsApp: a number, a code by SMS or voice, the PIN; old sessions end.

use second_factor::{
    Address, Challenge, Channel, Client, CodeRequest, Error, FirstFactor, Handle, NewDevice, Proof,
    SignIn, SubjectId, Verifier,
};

/// The subject of a number is yours to choose: here the number itself.
fn context(app: &Verifier, phone: &Client, number: &Address) -> (Verifier, SubjectId) {
    (app.for_client(phone.clone()).after(FirstFactor::None), SubjectId::of(number))
}

async fn begin(app: &Verifier, phone: &Client, number: &Address) -> Result<Challenge, Error> {
    let (verifier, subject) = context(app, phone, number);
    verifier.send_code(&subject, CodeRequest::register(number)).await
}

async fn call_me(
    app: &Verifier,
    phone: &Client,
    number: &Address,
    sent: Handle,
) -> Result<Challenge, Error> {
    let (verifier, subject) = context(app, phone, number);
    verifier.send_code(&subject, CodeRequest::again(sent).by(Channel::Voice)).await
}

enum Step {
    AskForPin(Handle),
    Registered(SignIn), // `epoch` has advanced: sessions opened before it end
}

async fn enter(
    app: &Verifier,
    phone: &Client,
    number: &Address,
    proof: Proof,
) -> Result<Step, Error> {
    let (verifier, subject) = context(app, phone, number);
    match verifier.register(&subject, proof.trusting(NewDevice::new("Pixel 9"))).await {
        Ok(registered) => Ok(Step::Registered(registered.into())),
        Err(error) => error.pending_pin().copied().map(Step::AskForPin).ok_or(error),
    }
}

// What the test does.

use crate::support::{World, registration::cheap};
use second_factor::{block_on, message::Content, purpose::Operation};

async fn registered(world: &World, phone: &Client, proof: Proof) -> SignIn {
    match enter(&world.verifier, phone, &world.number, proof).await.unwrap() {
        Step::Registered(sign_in) => sign_in,
        Step::AskForPin(_) => panic!("no PIN is set"),
    }
}

#[test]
fn number_is_registered_by_sms_or_call_and_asks_for_its_pin() {
    block_on(async {
        let world = cheap();
        let (app, number) = (&world.verifier, &world.number);
        let [old, new] =
            ["the old phone, 1", "the new phone, 1"].map(|id| Client::new(id).unwrap());
        // By text message.
        let sent = begin(app, &old, number).await.unwrap();
        let code = world.read_code();
        let first = registered(&world, &old, Proof::sent_code(&sent, format!(" {code}\n"))).await;
        assert!(first.device_token().is_some());
        let SignIn::Registered(proven) = &first else { panic!("it was registered") };
        app.for_client(old).set_pin(proven, "493817").await.unwrap();
        // By a call, on a new phone. The old session ends.
        world.clock.advance(60 * 60);
        let sent = begin(app, &new, number).await.unwrap();
        let by_text = world.phone.take().unwrap();
        assert_eq!(by_text.channel(), Channel::Sms);
        world.clock.set(sent.resend_at().unwrap().as_secs());
        let sent = call_me(app, &new, number, *sent.handle()).await.unwrap();
        let called = world.phone.take().unwrap();
        assert_eq!(called.channel(), Channel::Voice);
        assert!(matches!(called.content(), Content::Code { purpose: Operation::Register, .. }));
        let code = crate::support::code_of(&called);
        let step = enter(app, &new, number, Proof::sent_code(&sent, code)).await.unwrap();
        let Step::AskForPin(due) = step else { panic!("the PIN is due") };
        let guess = enter(app, &new, number, Proof::pin(due, "000000")).await;
        assert!(guess.is_err_and(|error| error.pending_pin().is_none()));
        let second = registered(&world, &new, Proof::pin(due, "493 817")).await;
        assert_ne!(second.epoch(), first.epoch());
        assert_eq!(app.epoch(second.subject()).await.unwrap(), second.epoch());
    });
}
