//! Headless Chromium and its user.
//!
//! [`User::check_page`] checks the size, the console and the width of a page, and its accessibility
//! if `WEB_AXE` is the path of axe.

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

/// A chromedriver process, killed on drop.
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

    /// Returns a new browser with an empty profile.
    pub async fn browser(&self) -> Client {
        let options = json!({
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--hide-scrollbars",
            ],
        });
        let capabilities = json!({
            "goog:chromeOptions": options,
            "goog:loggingPrefs": { "browser": "ALL" },
            "webauthn:virtualAuthenticators": true,
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities).connect(&self.address).await.unwrap()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A user in front of a browser.
pub struct User<'s> {
    pub browser: Client,
    pub server: &'s Server,
    /// Prefix of the screenshot names.
    prefix: &'static str,
}

impl<'s> User<'s> {
    pub async fn new(driver: &Driver, server: &'s Server, prefix: &'static str) -> Self {
        let browser = driver.browser().await;
        let user = Self { browser, server, prefix };
        user.emulate("light", 900).await;
        user
    }

    pub async fn open(&self, path: &str) {
        self.browser.goto(&format!("{}{path}", self.server.origin)).await.unwrap();
    }

    /// Replaces the text of the field with this name.
    pub async fn fill(&self, name: &str, text: &str) {
        let field = format!("input[name='{name}']:not([type=hidden])");
        let field = self.browser.wait().for_element(Locator::Css(&field)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses the first button or link that contains this text.
    pub async fn press(&self, text: &str) {
        let path = format!("//main//*[self::button or self::a][contains(., \"{text}\")]");
        let found = self.browser.wait().for_element(Locator::XPath(&path)).await;
        let found = match found {
            Ok(found) => found,
            Err(_) => panic!("no \"{text}\" on: {}", self.text().await),
        };
        found.click().await.unwrap();
    }

    /// Selects a checkbox.
    pub async fn check(&self, name: &str) {
        let checkbox = format!("input[type=checkbox][name='{name}']");
        let checkbox = self.browser.wait().for_element(Locator::Css(&checkbox)).await.unwrap();
        if !checkbox.is_selected().await.unwrap() {
            checkbox.click().await.unwrap();
        }
    }

    /// Returns the text of the page.
    pub async fn text(&self) -> String {
        match self.browser.find(Locator::Css("main")).await {
            Ok(main) => main.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// Waits until the page contains this text.
    pub async fn expect(&self, text: &str) {
        for _ in 0..100 {
            if self.text().await.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        panic!("\"{text}\" did not appear on: {}, log: {log}", self.text().await);
    }

    /// Checks the page on a wide and a narrow screen, and takes screenshots.
    pub async fn check_page(&self, name: &str) {
        let log = self.command("se/log", json!({ "type": "browser" })).await;
        let errors: Vec<_> =
            log.as_array().unwrap().iter().filter(|line| line["level"] == "SEVERE").collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let size = "return performance.getEntries().filter(e => 'decodedBodySize' in e)\
                      .reduce((sum, entry) => sum + entry.decodedBodySize, 0)";
        let size = self.browser.execute(size, Vec::new()).await.unwrap();
        assert!(size.as_u64().unwrap() < 50_000, "{name} has {size} bytes");
        self.take_screenshot(name).await;
        self.emulate("dark", 360).await;
        self.take_screenshot(&format!("{name}-dark")).await;
        let overflow = "return document.documentElement.scrollWidth - innerWidth";
        let overflow = self.browser.execute(overflow, Vec::new()).await.unwrap();
        assert!(
            overflow.as_i64().unwrap() <= 0,
            "{name} is {overflow} pixels too wide for a phone"
        );
        self.emulate("light", 900).await;
    }

    /// Emulates a color scheme and a screen width.
    async fn emulate(&self, scheme: &str, width: u32) {
        let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": scheme })).await;
        self.resize(width, 760).await;
    }

    async fn resize(&self, width: u32, height: u32) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Takes a screenshot of the whole page and runs axe.
    pub async fn take_screenshot(&self, name: &str) {
        self.run_axe(name).await;
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pictures");
        fs::create_dir_all(&folder).unwrap();
        let size = "return [innerWidth, Math.max(760, document.documentElement.scrollHeight)]";
        let size = self.browser.execute(size, Vec::new()).await.unwrap();
        let (width, height) = serde_json::from_value(size).unwrap();
        self.resize(width, height).await;
        let image = self.browser.screenshot().await.unwrap();
        self.resize(width, 760).await;
        fs::write(folder.join(format!("{}-{name}.png", self.prefix)), image).unwrap();
    }

    async fn run_axe(&self, name: &str) {
        let Some(axe) = env::var_os("WEB_AXE") else { return };
        let script = fs::read_to_string(axe).unwrap();
        self.browser.execute(&script, Vec::new()).await.unwrap();
        let run = "const done = arguments[arguments.length - 1];\
            axe.run().then((found) => done(found.violations\
                .filter((rule) => ['serious', 'critical'].includes(rule.impact))\
                .map((rule) => rule.id + ': ' + rule.nodes.map((node) => node.html).join(', '))))";
        let violations = self.browser.execute_async(run, Vec::new()).await.unwrap();
        assert_eq!(violations, json!([]), "{name}");
    }

    /// Sends a chromedriver command that WebDriver does not define.
    pub async fn command(&self, path: &'static str, body: Value) -> Value {
        self.browser.issue_cmd(ExtraCommand { path, body }).await.unwrap()
    }

    /// Sends a Chrome DevTools Protocol command.
    pub async fn devtools(&self, name: &str, parameters: Value) -> Value {
        self.command("goog/cdp/execute", json!({ "cmd": name, "params": parameters })).await
    }
}

#[derive(Debug)]
struct ExtraCommand {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for ExtraCommand {
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
