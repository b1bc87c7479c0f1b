//! The probe of the test kit against the router.
//!
//! `.ci/package.sh` of the repository also runs it in a folder that has only the packages.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use second_factor::{
    FactorKind, SubjectId, UnixTime,
    testkit::probe::{ProbeOutcome, SignInEndpoint, Unanswered, probe},
};
use serde_json::{Value, json};

use crate::{
    password,
    site::{Browser, SETTINGS, Site},
};

#[tokio::test(flavor = "multi_thread")]
async fn mounted_router_withstands_the_probe() {
    withstands(Site::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn example_application_withstands_the_probe() {
    let users = (0..100).map(|id| (id.to_string(), (id, HASH.to_owned()))).collect();
    let site = Site::new();
    let router = password::app(Arc::new(users), site.two_factor.clone());
    withstands(Site { router, ..site }).await;
}

async fn withstands(site: Site) {
    let site: &'static Site = Box::leak(Box::new(site));
    let endpoint = Probed { site, users: AtomicU32::new(0), inbox: Mutex::default() };
    let report = probe(&endpoint).await.check().unwrap();
    let held = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Resisted(_));
    assert!(report.findings().iter().all(|finding| held(finding.outcome())), "{report}");
    assert_eq!(report.findings().len(), 36);
}

struct Probed {
    site: &'static Site,
    users: AtomicU32,
    /// The codes that each number received and that were not read yet.
    inbox: Mutex<HashMap<String, Vec<String>>>,
}

struct User {
    browser: Browser<'static>,
    name: SubjectId,
}

impl Probed {
    async fn post(&self, user: &User, path: &str, body: Value) -> Result<Value, Unanswered> {
        let answer = user.browser.post_json(path, body.clone()).await;
        if answer.status.is_server_error() {
            return Err(Unanswered::Broken(answer.text.into()));
        }
        Ok(serde_json::from_str(&answer.text)?)
    }

    /// Posts a change, and enters the password again if the application asks for it.
    async fn change(&self, user: &User, path: &str, body: Value) -> Result<Value, Unanswered> {
        let answer = self.post(user, path, body.clone()).await?;
        if answer["error"] != "sign_in_required" {
            return Ok(answer);
        }
        user.browser.enter_password(user.name.as_str()).await;
        self.post(user, path, body).await
    }
}

fn message(answer: &Value) -> String {
    let message = answer["message"].as_str().or_else(|| answer["status"].as_str());
    message.unwrap_or_default().to_owned()
}

impl SignInEndpoint for Probed {
    type Session = User;

    async fn now(&self) -> Result<UnixTime, Unanswered> {
        Ok(self.site.clock.time())
    }

    async fn advance(&self, secs: u64) -> Result<(), Unanswered> {
        self.site.clock.advance(secs);
        Ok(())
    }

    async fn sign_up(&self) -> Result<SubjectId, Unanswered> {
        Ok(SubjectId::new(self.users.fetch_add(1, Ordering::Relaxed).to_string())?)
    }

    async fn start(&self, subject: &SubjectId) -> Result<User, Unanswered> {
        let user = User { browser: self.site.browser(), name: subject.clone() };
        user.browser.enter_password(subject.as_str()).await;
        Ok(user)
    }

    async fn submit(
        &self,
        user: &User,
        kind: FactorKind,
        typed: &str,
    ) -> Result<String, Unanswered> {
        let kind = match kind {
            FactorKind::Totp => "totp",
            FactorKind::BackupCode => "backup_code",
            FactorKind::Phone => "sent_code",
            _ => return Err(Unanswered::NotOffered),
        };
        let body = json!({ "kind": kind, "code": typed });
        Ok(message(&self.post(user, "/two-factor", body).await?))
    }

    async fn is_signed_in(&self, user: &User) -> Result<bool, Unanswered> {
        Ok(user.browser.is_signed_in().await)
    }

    async fn sign_out(&self, user: &User) -> Result<(), Unanswered> {
        user.browser.sign_out().await;
        Ok(())
    }

    async fn begin_app(&self, user: &User) -> Result<Option<String>, Unanswered> {
        let path = format!("{SETTINGS}/authenticator-app/begin");
        let begun = self.change(user, &path, json!({})).await?;
        Ok(begun["secret"].as_str().map(str::to_owned))
    }

    async fn confirm_app(&self, user: &User, typed: &str) -> Result<String, Unanswered> {
        let path = format!("{SETTINGS}/authenticator-app");
        Ok(message(&self.post(user, &path, json!({ "code": typed })).await?))
    }

    async fn begin_phone(&self, user: &User) -> Result<String, Unanswered> {
        let number = {
            let mut inbox = self.inbox.lock().unwrap();
            let number = format!("+1415555{:04}", inbox.len());
            inbox.insert(number.clone(), vec![user.name.to_string()]);
            number
        };
        let path = format!("{SETTINGS}/phone");
        Ok(message(&self.change(user, &path, json!({ "address": number })).await?))
    }

    async fn confirm_phone(&self, user: &User, typed: &str) -> Result<String, Unanswered> {
        let path = format!("{SETTINGS}/address");
        Ok(message(&self.post(user, &path, json!({ "code": typed })).await?))
    }

    async fn send(&self, user: &User) -> Result<String, Unanswered> {
        let step = user.browser.get_json("/two-factor").await;
        if step["sent"].is_object() {
            return Ok(message(&self.post(user, "/two-factor/resend", json!({})).await?));
        }
        let methods = step["methods"].as_array().cloned().unwrap_or_default();
        match methods.iter().find(|method| method["kind"] == "phone") {
            Some(phone) => {
                let body = json!({ "address": phone["method"] });
                Ok(message(&self.post(user, "/two-factor/send", body).await?))
            }
            None => Ok(message(&step)),
        }
    }

    async fn inbox(&self, subject: &SubjectId) -> Result<Vec<String>, Unanswered> {
        let mut inbox = self.inbox.lock().unwrap();
        for sent in self.site.messages.take_all() {
            let (to, code) = (sent.address().expose().to_owned(), sent.code());
            if let (Some(code), Some(codes)) = (code, inbox.get_mut(&to)) {
                codes.push(code.expose().to_owned());
            }
        }
        // The first entry of a number is its owner.
        let own = inbox.values_mut().filter(|codes| codes[0] == subject.as_str());
        Ok(own.flat_map(|codes| codes.drain(1..)).collect())
    }

    async fn new_backup_codes(&self, user: &User) -> Result<Vec<String>, Unanswered> {
        let codes = self.post(user, &format!("{SETTINGS}/backup-codes"), json!({})).await?;
        let codes = codes["codes"].as_array().cloned().unwrap_or_default();
        Ok(codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect())
    }
}

/// A hash of the password of the tests. It costs little, because the probe signs in often.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$\
    XdTJKPvVpEdCNu922dgwQXj+XfOITS04PpG3cDMn5sE";
