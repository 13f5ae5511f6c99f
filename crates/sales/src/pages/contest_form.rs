//! The form of a contest, while its terms may still be changed.

use axum::extract::Path;
use campaigns::{Campaign, SubEventId};
use db::Tx;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    Contest, ContestId, ContestTerms, SaleError, Weights, change_contest, draft_contest,
    pages::{
        form_page::{Field, FormPage},
        frame::{campaign_of, event_choices, id_of, moment_field, reading, see, version_field},
    },
    policy, visible_contest,
};

async fn form(
    ask: &Ask,
    tx: &mut Tx,
    campaign: &Campaign,
    old: Option<&Contest>,
) -> Answer<FormPage> {
    let reading = reading(ask, tx).await?;
    if !policy::judges(&ask.cx.actor, &reading, campaign.id) {
        return Err(Refused::Forbidden);
    }
    if old.is_some_and(Contest::is_open) {
        return Err(SaleError::Frozen.into());
    }
    let id = campaign.id;
    let terms = old.map(|one| &one.terms);
    let weights = terms.map_or(Weights::NET, |one| one.weights);
    let event = old.and_then(|one| one.sub_event).map(|one| one.to_string());
    let list = format!("/contests?campaign={id}");
    let own = old.map(|one| format!("/contests/{}", one.id));
    Ok(FormPage {
        heading: if old.is_some() { "改规则" } else { "起草大赛" },
        crumbs: vec![
            (campaign.name.clone(), format!("/campaigns/{id}")),
            ("大赛".into(), list.clone()),
        ],
        note: "公布以后规则不能再改".into(),
        action: own.clone().unwrap_or_else(|| list.clone()),
        submit: "存成草稿",
        back: own.unwrap_or(list),
        version: old.map(|one| one.version),
        fields: vec![
            Field::line("name", "名称").value(terms.map_or("", |one| &one.name)),
            Field::choice("sub_event", "子活动", event_choices(tx, id).await?)
                .value(event.unwrap_or_default())
                .hint("选了助农销售大赛，就只算记在它名下的销售")
                .optional(),
            Field::moment("from_at", "从什么时候算起", terms.map(|one| one.from_at)),
            Field::moment("cut_off_at", "截止时间", terms.map(|one| one.cut_off_at)),
            Field::moment("returns_until", "退货和补报算到", terms.map(|one| one.returns_until)),
            Field::line("weight_net", "核实过的净销售额，每元几分").value(weights.net),
            Field::line("weight_live", "其中直播卖的，每元另加几分").value(weights.live),
            Field::line("weight_order", "没有整单退掉的订单，每单几分").value(weights.order),
        ],
    })
}

fn read(form: &Form, errors: &mut FieldErrors) -> (Option<SubEventId>, ContestTerms) {
    let mut weight = |name| form.parsed(name, "写 0 到 1000 的整数", errors).unwrap_or(0);
    let weights = Weights {
        net: weight("weight_net"),
        live: weight("weight_live"),
        order: weight("weight_order"),
    };
    let event = form.parsed("sub_event", "请从列表里选", errors);
    let terms = ContestTerms {
        name: form.required("name", errors),
        from_at: moment_field(form, "from_at", errors),
        cut_off_at: moment_field(form, "cut_off_at", errors),
        returns_until: moment_field(form, "returns_until", errors),
        weights,
    };
    (event, terms)
}

/// `GET /contests/new?campaign=`
pub(crate) async fn new(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let campaign = campaign_of(&reading, &Form::parse(ask.query.as_bytes()))?.clone();
    form(&ask, &mut tx, &campaign, None).await?.show(&ask)
}

/// `POST /contests?campaign=`
pub(crate) async fn create(ask: Ask, typed: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let reading = reading(&ask, &mut tx).await?;
    let campaign = campaign_of(&reading, &Form::parse(ask.query.as_bytes()))?.clone();
    let mut errors = FieldErrors::new();
    let (event, terms) = read(&typed, &mut errors);
    if errors.is_empty() {
        match draft_contest(&mut tx, &ask.cx, (campaign.id, event), terms).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/contests/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    form(&ask, &mut tx, &campaign, None).await?.show_again(&ask, &typed, &errors)
}

async fn old(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<(Contest, Campaign)> {
    let id: ContestId = id_of(id)?;
    let reading = reading(ask, tx).await?;
    let contest = visible_contest(tx, &ask.cx, &reading, id).await?;
    let campaign = reading.campaign(contest.campaign).cloned().ok_or(Refused::NotFound)?;
    Ok((contest, campaign))
}

/// `GET /contests/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let (contest, campaign) = old(&ask, &mut tx, &id).await?;
    form(&ask, &mut tx, &campaign, Some(&contest)).await?.show(&ask)
}

/// `POST /contests/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, typed: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let (contest, campaign) = old(&ask, &mut tx, &id).await?;
    let mut errors = FieldErrors::new();
    let told = read(&typed, &mut errors);
    if errors.is_empty() {
        let which = (contest.id, version_field(&typed));
        match change_contest(&mut tx, &ask.cx, which, told).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/contests/{}", contest.id)));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    form(&ask, &mut tx, &campaign, Some(&contest)).await?.show_again(&ask, &typed, &errors)
}
