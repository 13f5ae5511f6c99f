//! The form by which a till or a merchant tells of one sale.

use db::Tx;
use kernel::Code as _;
use merchants::{MerchantId, speaks_for};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    NewSale, Reading, Source, hand_in_sale,
    pages::{
        form_page::{Choice, Field, FormPage},
        frame::{
            campaign_of, event_choices, id_of, member_choices, moment_field, money_field, reading,
            see, show_choices,
        },
    },
};

async fn form(ask: &Ask, tx: &mut Tx, reading: &Reading, typed: &Form) -> Answer<FormPage> {
    let campaign = campaign_of(reading, typed)?;
    let merchants = member_choices(tx, campaign.id, Some(reading.own())).await?;
    if merchants.is_empty() {
        return Err(Refused::Forbidden);
    }
    let actor = &ask.cx.actor;
    let declares = reading.own().iter().any(|one| speaks_for(actor, *one));
    let sources = [Source::Till, Source::Declaration].into_iter();
    let sources = sources.filter(|one| *one == Source::Till || declares);
    let sources = sources.map(|one| Choice::new(one, one.label())).collect();
    Ok(FormPage {
        heading: "报一笔销售",
        crumbs: vec![
            (campaign.name.clone(), format!("/campaigns/{}", campaign.id)),
            ("销售记录".into(), format!("/sales?campaign={}", campaign.id)),
        ],
        note: "订单号只存指纹，同一个订单不会算两次".into(),
        action: format!("/sales?campaign={}", campaign.id),
        submit: "报这一笔",
        back: format!("/sales?campaign={}", campaign.id),
        version: None,
        fields: vec![
            Field::choice("merchant", "商户", merchants),
            Field::choice("source", "来源", sources),
            Field::line("item", "商品"),
            Field::money("amount", "金额（元）"),
            Field::moment("sold_at", "时间", Some(ask.cx.now)),
            Field::line("order", "订单号或小票号")
                .hint("收银台一定要填；申报没有订单号的，要传凭证才能核实")
                .optional(),
            Field::line("platform", "平台").hint("在哪个平台卖的，店里卖的不填").optional(),
            Field::choice("show", "直播", show_choices(tx, campaign.id).await?).optional(),
            Field::choice("sub_event", "子活动", event_choices(tx, campaign.id).await?).optional(),
        ],
    })
}

/// `GET /sales/new?campaign=`
pub(crate) async fn new(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    form(&ask, &mut tx, &reading, &query).await?.show(&ask)
}

/// `POST /sales?campaign=`
pub(crate) async fn create(ask: Ask, typed: Form) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().write().await?;
    let reading = reading(&ask, &mut tx).await?;
    let campaign = campaign_of(&reading, &query)?.id;
    let mut errors = FieldErrors::new();
    let merchant: MerchantId = id_of(typed.get("merchant"))?;
    let new = NewSale {
        campaign,
        sub_event: typed.parsed("sub_event", "请从列表里选", &mut errors),
        show: typed.parsed("show", "请从列表里选", &mut errors),
        merchant,
        source: Source::from_code(typed.get("source")).unwrap_or(Source::Till),
        platform: typed.get("platform").to_owned(),
        order: typed.get("order").to_owned(),
        item: typed.get("item").to_owned(),
        amount: money_field(&typed, &mut errors),
        sold_at: moment_field(&typed, "sold_at", &mut errors),
    };
    if errors.is_empty() {
        let keys = &ask.state.site().keys;
        match hand_in_sale(&mut tx, &ask.cx, keys, new).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/sales/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    form(&ask, &mut tx, &reading, &query).await?.show_again(&ask, &typed, &errors)
}
