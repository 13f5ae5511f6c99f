//! The form of a challenge's rules, new and changed.

use axum::extract::Path;
use campaigns::{CampaignId, Sight, SubEvent, SubEventId, SubEventKind};
use db::Tx;
use vouchers::{Batch, BatchState, batches_of};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    Challenge, ChallengeId, ChallengeState, Rules, change_challenge, draft_challenge,
    pages::{
        form_page::{Choice, Field, FormPage, Takes},
        frame::{id_of, moment_field, number_field, run, see, typed_moment, version_field},
    },
    policy, store,
};

const HARMLESS: &str = "挑战已经开始。能改的只有对参加的人更方便的：少打几个、时间放宽、延后结束。";

/// `GET /campaigns/{id}/challenges/new`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    new_form(&ask, id_of(&id)?).await?.show(&ask)
}

async fn new_form(ask: &Ask, id: CampaignId) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let sight = Sight::of(&mut tx, &ask.cx, id).await?.ok_or(Refused::NotFound)?;
    policy::run(&sight)?;
    let free = free_events(&mut tx, id).await?;
    if free.is_empty() {
        return Err(Refused::unprocessable(
            "no-sub-event",
            "没有可用的子活动，还没有起草。请先在活动页面添一个“打卡挑战”的子活动。",
        ));
    }
    let first = free[0].clone();
    let choices = free.iter().map(|one| Choice::new(one.id, one.name.clone())).collect();
    let rules = Rules {
        in_order: false,
        need: 3,
        day_limit: 0,
        reward: None,
        from_at: first.from_at,
        to_at: first.to_at,
    };
    let mut fields =
        vec![Field::new("sub_event", "子活动", Takes::Choice(choices)).value(first.id)];
    fields.extend(rule_fields(&mut tx, id, &rules).await?);
    Ok(FormPage {
        heading: "新的打卡挑战",
        crumbs: vec![(sight.campaign.name.clone(), format!("/campaigns/{id}"))],
        note: "名称和介绍就是子活动的，不用再填一遍。打卡点在下一页添。",
        action: format!("/campaigns/{id}/challenges"),
        back: format!("/campaigns/{id}"),
        version: None,
        fields,
    })
}

/// The check-in sub-events of a campaign that have no challenge yet.
async fn free_events(tx: &mut Tx, campaign: CampaignId) -> Answer<Vec<SubEvent>> {
    let taken = store::challenges_of(tx, campaign).await?;
    let mut all = campaigns::sub_events(tx, campaign).await?;
    all.retain(|one| {
        one.kind == SubEventKind::CheckInChallenge
            && one.stands()
            && taken.iter().all(|challenge| challenge.sub_event != one.id)
    });
    Ok(all)
}

async fn rule_fields(tx: &mut Tx, campaign: CampaignId, rules: &Rules) -> Answer<Vec<Field>> {
    let mut rewards = vec![Choice::new("", "以后再选")];
    for batch in batches_of(tx, campaign).await? {
        let waits = matches!(batch.state, BatchState::Draft | BatchState::Approved);
        if waits || rules.reward == Some(batch.id) {
            rewards.push(Choice::new(batch.id, label(&batch)));
        }
    }
    let orders = vec![Choice::new("0", "不分先后"), Choice::new("1", "按打卡点的顺序")];
    Ok(vec![
        Field::new("need", "打满几个打卡点算完成", Takes::Number).value(rules.need),
        Field::new("in_order", "顺序", Takes::Choice(orders)).value(u8::from(rules.in_order)),
        Field::new("day_limit", "每人每天最多打几个", Takes::Number)
            .value(rules.day_limit)
            .hint("不限就填 0"),
        Field::new("from_at", "开始", Takes::Moment).value(typed_moment(rules.from_at)),
        Field::new("to_at", "结束", Takes::Moment).value(typed_moment(rules.to_at)),
        Field::new("reward", "完成后发哪批券", Takes::Choice(rewards))
            .value(rules.reward.map(|id| id.to_string()).unwrap_or_default())
            .hint("还没开始发的券才能选；挑战开始时一起开始发，只发给完成的人"),
    ])
}

fn label(batch: &Batch) -> String {
    format!("{}（{} 元，{} 张）", batch.terms.name, batch.terms.face, batch.terms.quantity)
}

fn read_rules(form: &Form, errors: &mut FieldErrors) -> Rules {
    Rules {
        in_order: form.get("in_order") == "1",
        need: number_field(form, "need", errors),
        day_limit: number_field(form, "day_limit", errors),
        reward: form.parsed("reward", "请从列表里选", errors),
        from_at: moment_field(form, "from_at", errors),
        to_at: moment_field(form, "to_at", errors),
    }
}

/// `POST /campaigns/{id}/challenges`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let campaign: CampaignId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    form.required("sub_event", &mut errors);
    let event: Option<SubEventId> = form.parsed("sub_event", "请从列表里选", &mut errors);
    let rules = read_rules(&form, &mut errors);
    if let Some(event) = event.filter(|_| errors.is_empty()) {
        let mut tx = ask.db().write().await?;
        match draft_challenge(&mut tx, &ask.cx, (campaign, event), rules).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/challenges/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, campaign).await?.show_again(&ask, &form, &errors)
}

/// `GET /challenges/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    change_form(&ask, &id).await?.show(&ask)
}

async fn change_form(ask: &Ask, id: &str) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let reading = run(ask, &mut tx, id).await?;
    let Challenge { id, campaign, state, rules, version, .. } = reading.challenge;
    let up = format!("/challenges/{id}");
    Ok(FormPage {
        heading: "改挑战的规则",
        crumbs: vec![
            (reading.campaign.campaign.name.clone(), format!("/campaigns/{campaign}")),
            (reading.event.name.clone(), up.clone()),
        ],
        note: if state == ChallengeState::Open { HARMLESS } else { "" },
        action: up.clone(),
        back: up,
        version: Some(version),
        fields: rule_fields(&mut tx, campaign, &rules).await?,
    })
}

/// `POST /challenges/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let challenge: ChallengeId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let rules = read_rules(&form, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        let read = (challenge, version_field(&form));
        match change_challenge(&mut tx, &ask.cx, read, rules).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/challenges/{challenge}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, &id).await?.show_again(&ask, &form, &errors)
}
