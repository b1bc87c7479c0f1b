//! A headless Chromium and the person before it. Every page that is looked at is checked: what it weighs,
//! what the console says, and, where axe is at hand, who could not use it.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::server::Server;

/// The driver, which ends with this value.
pub struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    pub fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver is installed: bash .ci/web.sh");
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        Self { process, address: format!("http://localhost:{}", port.unwrap()) }
    }

    /// A browser without a past.
    pub async fn browser(&self) -> Client {
        let options = json!({
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        });
        let wanted = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "webauthn:virtualAuthenticators": true,
        });
        let Value::Object(wanted) = wanted else { unreachable!("it is an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wanted).connect(&self.address).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody before a browser.
pub struct Person<'s> {
    pub browser: Client,
    pub server: &'s Server,
    /// Under what their pictures are kept.
    story: &'static str,
}

impl<'s> Person<'s> {
    pub async fn new(driver: &Driver, server: &'s Server, story: &'static str) -> Self {
        let browser = driver.browser().await;
        let person = Self { browser, server, story };
        person.is_in("light", 900).await;
        person
    }

    pub async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.server.origin)).await.unwrap();
    }

    /// Types into the field of this name, in place of what is there.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = format!("input[name='{name}']:not([type=hidden])");
        let field = self.browser.wait().for_element(Locator::Css(&field)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the button, or follows the link, with these words on it.
    pub async fn press(&self, words: &str) {
        let path = format!("//main//*[self::button or self::a][contains(., \"{words}\")]");
        let found = self.browser.wait().for_element(Locator::XPath(&path)).await;
        let found = match found {
            Ok(found) => found,
            Err(_) => panic!("no \"{words}\" on: {}", self.text().await),
        };
        found.click().await.unwrap();
    }

    pub async fn check(&self, name: &str) {
        let box_ = format!("input[type=checkbox][name='{name}']");
        let box_ = self.browser.wait().for_element(Locator::Css(&box_)).await.unwrap();
        if !box_.is_selected().await.unwrap() {
            box_.click().await.unwrap();
        }
    }

    /// What the page says.
    pub async fn text(&self) -> String {
        match self.browser.find(Locator::Css("main")).await {
            Ok(main) => main.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page says this.
    pub async fn sees(&self, words: &str) {
        for _ in 0..100 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        panic!("never saw \"{words}\" on: {}, log: {log}", self.text().await);
    }

    /// Looks at the page: checks it, and keeps a picture.
    pub async fn looks(&self, name: &str) {
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        let errors: Vec<_> =
            log.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE").collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let weight = "return performance.getEntries().filter(e => 'decodedBodySize' in e)\
                      .reduce((sum, entry) => sum + entry.decodedBodySize, 0)";
        let weight = self.browser.execute(weight, Vec::new()).await.unwrap();
        assert!(weight.as_u64().unwrap() < 50_000, "{name} weighs {weight}");
        self.keeps_a_picture(name).await;
        self.is_in("dark", 360).await;
        self.keeps_a_picture(&format!("{name}-dark")).await;
        let overflow = "return document.documentElement.scrollWidth - innerWidth";
        let overflow = self.browser.execute(overflow, Vec::new()).await.unwrap();
        assert!(overflow.as_i64().unwrap() <= 0, "{name} is {overflow} too wide for a phone");
        self.is_in("light", 900).await;
    }

    /// Puts the page on a screen of this width, in a room that is light or dark.
    async fn is_in(&self, scheme: &str, width: u32) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.tool("Emulation.setEmulatedMedia", json!({ "features": scheme })).await;
        let screen =
            json!({ "width": width, "height": 760, "deviceScaleFactor": 1, "mobile": false });
        self.tool("Emulation.setDeviceMetricsOverride", screen).await;
    }

    pub async fn keeps_a_picture(&self, name: &str) {
        self.run_axe(name).await;
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
        fs::create_dir_all(&folder).unwrap();
        let picture = self.browser.screenshot().await.unwrap();
        fs::write(folder.join(format!("{}-{name}.png", self.story)), picture).unwrap();
    }

    async fn run_axe(&self, name: &str) {
        let Some(axe) = env::var_os("WEB_AXE") else { return };
        let script = fs::read_to_string(axe).unwrap();
        self.browser.execute(&script, Vec::new()).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];\
            axe.run().then((found) => done(found.violations\
                .filter((rule) => ['serious', 'critical'].includes(rule.impact))\
                .map((rule) => rule.id + ': ' + rule.nodes.map((node) => node.html).join(', '))))";
        let found = self.browser.execute_async(run, Vec::new()).await.unwrap();
        assert_eq!(found, json!([]), "{name}");
    }

    /// A command that drivers have beside the standard ones.
    pub async fn command(&self, path: &'static str, body: Value) -> Value {
        self.browser.issue_cmd(Beside { path, body }).await.unwrap()
    }

    /// What the tools for developers can do.
    pub async fn tool(&self, name: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await
    }
}

#[derive(Debug)]
struct Beside {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Beside {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
