//! `[sms]`: the gateway that sends codes to citizens' phones.

use std::{path::PathBuf, time::Duration};

use citizens::{Gateway, KeySecret, NetworkRules, QuestionRules, Sms};
use clap::Args;
use serde::Deserialize;

use super::within;
use crate::Failure;

/// `[sms]`: how codes reach citizens' phones.
#[derive(Args, Clone, Default, Deserialize)]
#[expect(clippy::doc_markdown, reason = "these are the words of `serve --help`, for people")]
#[command(next_help_heading = "短信（市民手机号登录；不设就不开通）")]
#[serde(deny_unknown_fields)]
pub struct SmsSettings {
    /// 短信网关，阿里云短信服务的协议 [默认: https://dysmsapi.aliyuncs.com]
    #[arg(long = "sms-endpoint", value_name = "URL", env = "TONGPIN_SMS_ENDPOINT")]
    pub endpoint: Option<String>,
    /// AccessKey ID；设了它就开通
    #[arg(
        long = "sms-key-id",
        value_name = "ID",
        env = "TONGPIN_SMS_KEY_ID",
        hide_env_values = true
    )]
    pub key_id: Option<String>,
    /// AccessKey Secret；请写在环境变量或文件里，命令行别人看得见
    #[arg(
        long = "sms-key-secret",
        value_name = "SECRET",
        env = "TONGPIN_SMS_KEY_SECRET",
        hide_env_values = true
    )]
    pub key_secret: Option<String>,
    /// 审核通过的短信签名
    #[arg(long = "sms-sign-name", value_name = "NAME", env = "TONGPIN_SMS_SIGN_NAME")]
    pub sign_name: Option<String>,
    /// 审核通过的模板，如 SMS_123456789
    #[arg(long = "sms-template", value_name = "CODE", env = "TONGPIN_SMS_TEMPLATE")]
    pub template: Option<String>,
    /// 模板里验证码的变量名 [默认: code]
    #[arg(long = "sms-parameter", value_name = "NAME", env = "TONGPIN_SMS_PARAMETER")]
    pub parameter: Option<String>,
    /// 等网关多少秒 [默认: 5]
    #[arg(long = "sms-seconds", value_name = "SECONDS", env = "TONGPIN_SMS_SECONDS")]
    pub seconds: Option<u32>,
    /// 一个手机号一小时发过多少条，再发就要答一个小问题 [默认: 3]
    #[arg(long = "sms-question-after", value_name = "N", env = "TONGPIN_SMS_QUESTION_AFTER")]
    pub question_after: Option<u32>,
    /// 一个网络十分钟发过多少条，再发都要答小问题 [默认: 60]
    #[arg(long = "sms-network-question", value_name = "N", env = "TONGPIN_SMS_NETWORK_QUESTION")]
    pub network_question: Option<u32>,
    /// 一个网络十分钟最多发多少条 [默认: 600]
    #[arg(long = "sms-network-most", value_name = "N", env = "TONGPIN_SMS_NETWORK_MOST")]
    pub network_most: Option<u32>,
}

/// Whose account it is at the gateway is never written out.
impl std::fmt::Debug for SmsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsSettings")
            .field("endpoint", &self.endpoint)
            .field("parameter", &self.parameter)
            .field("seconds", &self.seconds)
            .field("question_after", &self.question_after)
            .field("network_question", &self.network_question)
            .field("network_most", &self.network_most)
            .finish_non_exhaustive()
    }
}

/// How codes leave, settled.
#[derive(Clone, Debug)]
pub struct SmsConfig {
    /// The gateway, when one is set.
    pub gateway: Option<Gateway>,
    /// Where the demo city's codes are written when none is; set for a demo city alone.
    pub demo_file: Option<PathBuf>,
    /// Codes of one phone within an hour, after which a question is asked.
    pub question_after: usize,
    /// What one network may ask for.
    pub networks: NetworkRules,
}

impl SmsConfig {
    /// As `citizens` takes it.
    pub fn citizens(&self) -> citizens::Settings {
        let sms = match (&self.gateway, &self.demo_file) {
            (Some(gateway), _) => Sms::Gateway(gateway.clone()),
            (None, Some(file)) => Sms::Demo(file.clone()),
            (None, None) => Sms::Off,
        };
        let question = QuestionRules { after: self.question_after };
        citizens::Settings { sms, question, networks: self.networks }
    }
}

pub(super) fn settle(first: SmsSettings, second: SmsSettings) -> Result<SmsConfig, Failure> {
    let count = |name, one: Option<u32>, other: Option<u32>, default, most| {
        within(name, one.or(other).unwrap_or(default), 1, most)
    };
    let after = count("question_after", first.question_after, second.question_after, 3, 10)?;
    let (one, other) = (first.network_question, second.network_question);
    let question_from = count("network_question", one, other, 60, 100_000)?;
    let most = count("network_most", first.network_most, second.network_most, 600, 1_000_000)?;
    Ok(SmsConfig {
        question_after: after as usize,
        networks: NetworkRules { question_from, most },
        gateway: settle_gateway(first, second)?,
        demo_file: None,
    })
}

fn settle_gateway(first: SmsSettings, second: SmsSettings) -> Result<Option<Gateway>, Failure> {
    let Some(key_id) = first.key_id.or(second.key_id) else { return Ok(None) };
    let needed = |name: &str, one: Option<String>, other: Option<String>| {
        let value = one.or(other).filter(|value| !value.trim().is_empty());
        value.ok_or_else(|| Failure::wrong(format!("短信设了 key_id，还要设 {name}，请补上")))
    };
    let endpoint = first.endpoint.or(second.endpoint);
    let endpoint = endpoint.unwrap_or_else(|| "https://dysmsapi.aliyuncs.com".into());
    let host = endpoint.strip_prefix("https://").or_else(|| endpoint.strip_prefix("http://"));
    let right = |host: &str| !host.is_empty() && !host.contains(['/', '?', '@', ' ']);
    if !host.is_some_and(|host| right(host.trim_end_matches('/'))) {
        return Err(Failure::wrong(format!(
            "sms 的 endpoint 是“{endpoint}”，要写成 https://主机名 这样，请改正"
        )));
    }
    let seconds = within("seconds", first.seconds.or(second.seconds).unwrap_or(5), 1, 60)?;
    Ok(Some(Gateway {
        endpoint,
        key_id,
        key_secret: KeySecret(needed("key_secret", first.key_secret, second.key_secret)?),
        sign_name: needed("sign_name", first.sign_name, second.sign_name)?,
        template: needed("template", first.template, second.template)?,
        parameter: first.parameter.or(second.parameter).unwrap_or_else(|| "code".into()),
        patience: Duration::from_secs(u64::from(seconds)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(endpoint: &str) -> SmsSettings {
        let word = |text: &str| Some(text.to_owned());
        SmsSettings {
            endpoint: word(endpoint),
            key_id: word("id"),
            key_secret: word("the-secret"),
            sign_name: word("同频"),
            template: word("SMS_1"),
            ..SmsSettings::default()
        }
    }

    #[test]
    fn a_gateway_needs_all_of_its_settings() {
        let settle = |first| settle(first, SmsSettings::default());
        let off = settle(SmsSettings::default()).expect("nothing is set");
        assert!(matches!(off.citizens().sms, Sms::Off));
        let on = settle(set("https://dysmsapi.aliyuncs.com/")).expect("all is set");
        assert!(matches!(on.citizens().sms, Sms::Gateway(_)));
        let some = SmsSettings { template: None, ..set("https://a.example") };
        assert!(settle(some).is_err_and(|why| why.line().contains("template")));
        for wrong in ["dysmsapi.aliyuncs.com", "https://", "https://a.example/path", "ftp://a"] {
            assert!(settle(set(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_secret_is_never_written_out() {
        let settings = set("https://a.example");
        let settled = settle(settings.clone(), SmsSettings::default()).expect("all is set");
        assert!(!format!("{settings:?} {settled:?}").contains("the-secret"));
    }

    #[test]
    fn a_demo_city_writes_codes_only_where_no_gateway_is_set() {
        let mut config = settle(SmsSettings::default(), SmsSettings::default()).expect("defaults");
        config.demo_file = Some("data/demo/demo-sms".into());
        assert!(matches!(config.citizens().sms, Sms::Demo(_)));
        let mut config = settle(set("https://a.example"), SmsSettings::default()).expect("set");
        config.demo_file = Some("data/demo/demo-sms".into());
        assert!(matches!(config.citizens().sms, Sms::Gateway(_)));
    }
}
