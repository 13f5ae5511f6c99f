//! Forms of a campaign's terms: a new draft, another wording.

use axum::extract::Path;
use kernel::{Code as _, Fen};
use places::{Atlas, AtlasCache, PlaceId, PlaceKind};
use web::{Answer, Ask, FieldErrors, Form};

use crate::{
    Campaign, CampaignState, Funder, Sponsor, SponsorPart, Terms, Wording, change_campaign,
    draft_campaign, funders,
    pages::{
        form_page::{Choice, Field, FormPage, Takes},
        frame::{date_field, run, see, version_field},
    },
    policy::runs_in,
    reword_campaign,
};

/// `GET /campaigns/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    new_form(&ask).await?.show(&ask)
}

async fn new_form(ask: &Ask) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    let funders = funders(&mut tx).await?;
    Ok(FormPage {
        heading: "起草活动",
        crumbs: Vec::new(),
        note: String::new(),
        action: "/campaigns".into(),
        submit: "存为草稿",
        back: "/campaigns".into(),
        version: None,
        fields: term_fields(ask, &atlas, &funders, None),
    })
}

/// `POST /campaigns`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let all = funders(&mut tx).await?;
    let mut errors = FieldErrors::new();
    let terms = read_terms(&form, &all, &mut errors);
    if errors.is_empty() {
        match draft_campaign(&mut tx, &ask.cx, terms).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/campaigns/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    tx.rollback().await?;
    new_form(&ask).await?.show_again(&ask, &form, &errors)
}

/// `GET /campaigns/{id}/change`: the terms of a draft, the words of what was approved.
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    change_form(&ask, &id).await?.show(&ask)
}

async fn change_form(ask: &Ask, id: &str) -> Answer<FormPage> {
    let mut tx = ask.db().read().await?;
    let sight = run(ask, &mut tx, id).await?;
    let one = &sight.campaign;
    let funders = funders(&mut tx).await?;
    let is_draft = one.state == CampaignState::Draft;
    Ok(FormPage {
        heading: if is_draft { "改活动" } else { "改活动的文字" },
        crumbs: vec![(one.name.clone(), format!("/campaigns/{}", one.id))],
        note: if is_draft {
            "改了以后，出资单位要重新同意".into()
        } else {
            "日期、地点和出资已经批准，不能在这里改；要改请出资单位退回".into()
        },
        action: format!("/campaigns/{}", one.id),
        submit: "存下",
        back: format!("/campaigns/{}", one.id),
        version: Some(one.version),
        fields: if is_draft {
            term_fields(ask, &sight.atlas, &funders, Some(one))
        } else {
            word_fields(Some(one))
        },
    })
}

/// `POST /campaigns/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let sight = run(&ask, &mut tx, &id).await?;
    let (id_, version) = (sight.campaign.id, version_field(&form));
    let mut errors = FieldErrors::new();
    let done = if sight.campaign.state == CampaignState::Draft {
        let all = funders(&mut tx).await?;
        let terms = read_terms(&form, &all, &mut errors);
        if errors.is_empty() {
            Some(change_campaign(&mut tx, &ask.cx, (id_, version), terms).await)
        } else {
            None
        }
    } else {
        let words = Wording {
            name: form.get("name").into(),
            name_en: form.get("name_en").into(),
            about: form.get("about").into(),
            about_en: form.get("about_en").into(),
            phone: form.get("phone").into(),
        };
        Some(reword_campaign(&mut tx, &ask.cx, (id_, version), words).await)
    };
    match done {
        Some(Ok(())) => {
            tx.commit().await?;
            return Ok(see(format_args!("/campaigns/{id_}")));
        }
        Some(Err(refused)) => errors = refused.into_errors()?,
        None => {}
    }
    tx.rollback().await?;
    change_form(&ask, &id).await?.show_again(&ask, &form, &errors)
}

fn word_fields(old: Option<&Campaign>) -> Vec<Field> {
    let text = |pick: fn(&Campaign) -> &String| old.map(pick).cloned().unwrap_or_default();
    vec![
        Field::line("name", "名称").value(text(|one| &one.name)),
        Field::line("name_en", "英文名称").value(text(|one| &one.name_en)).optional(),
        Field::text("about", "介绍")
            .value(text(|one| &one.about))
            .hint("写给市民看，两三句就够")
            .optional(),
        Field::text("about_en", "英文介绍").value(text(|one| &one.about_en)).optional(),
        Field::line("phone", "咨询电话")
            .value(text(|one| &one.phone))
            .hint("印在公开页和海报上；不填就用本站的电话")
            .optional(),
    ]
}

fn term_fields(ask: &Ask, atlas: &Atlas, funders: &[Funder], old: Option<&Campaign>) -> Vec<Field> {
    let mut fields = word_fields(old);
    let today = ask.cx.today();
    let slug = old.map(|one| one.slug.clone()).unwrap_or_default();
    let (from, last) = old.map_or((today, today), |one| (one.from_on, one.last_on));
    let sponsors = old.map(|one| written(&one.sponsors)).unwrap_or_default();
    let ticked = old.map(|one| one.places.iter().map(PlaceId::to_string).collect());
    fields.push(
        Field::line("slug", "公开网址的末尾")
            .value(slug)
            .hint("小写字母、数字和短横，如 55-2021；公开页就是 /festival/55-2021"),
    );
    fields.push(Field::new("from_on", "第一天", Takes::Date).value(from));
    fields.push(Field::new("last_on", "最后一天", Takes::Date).value(last).hint("这天也算在内"));
    let many = Takes::Many(place_choices(ask, atlas), ticked.unwrap_or_default());
    fields.push(Field::new("places", "活动地点", many).hint("可以选几处，各处的商户都能参加"));
    fields.push(
        Field::text("sponsors", "主办、承办、支持单位")
            .value(sponsors)
            .hint("每行一家，如：主办 市商务局 | Bureau of Commerce")
            .optional(),
    );
    for funder in funders {
        let pledged = old.and_then(|one| one.pledge_of(funder.id));
        let amount = pledged.map(|pledge| pledge.amount.to_string()).unwrap_or_default();
        let label = format!("{}出资（元）", funder.name);
        let field = Field::new(format!("pledge_{}", funder.id), label, Takes::Money);
        fields.push(field.value(amount).optional());
    }
    fields
}

/// The city, towns and fronts in which the asker runs campaigns.
fn place_choices(ask: &Ask, atlas: &Atlas) -> Vec<Choice> {
    let Some(city) = atlas.city() else { return Vec::new() };
    let fits = |id: &PlaceId| {
        let kind = atlas.place(*id).map(|place| place.kind);
        matches!(kind, Some(PlaceKind::City | PlaceKind::Town | PlaceKind::Front))
            && runs_in(&ask.cx.actor, atlas, &[*id])
    };
    let label = |id: PlaceId| match atlas.town_of(id) {
        Some(town) if town != id => format!("{} · {}", atlas.name(town), atlas.name(id)),
        _ => atlas.name(id).to_owned(),
    };
    let all = atlas.subtree(city).into_iter();
    all.filter(fits).map(|id| Choice::new(id, label(id))).collect()
}

/// Sponsors as the form writes them.
fn written(sponsors: &[Sponsor]) -> String {
    let line = |one: &Sponsor| {
        let english = if one.name_en.is_empty() { "" } else { " | " };
        format!("{} {}{english}{}", one.part.label(), one.name, one.name_en)
    };
    sponsors.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Sponsors as somebody typed them; the first word says the part, 主办 when it is none.
fn read_sponsors(text: &str) -> Vec<Sponsor> {
    let line = |line: &str| {
        let (chinese, english) = line.split_once('|').unwrap_or((line, ""));
        let chinese = chinese.trim();
        let (word, rest) = chinese.split_once([' ', '：', ':']).unwrap_or(("", chinese));
        let part = SponsorPart::from_label(word.trim());
        let name = if part.is_some() { rest } else { chinese };
        Sponsor {
            part: part.unwrap_or(SponsorPart::Host),
            name: name.trim().into(),
            name_en: english.trim().into(),
        }
    };
    text.lines().filter(|one| !one.trim().is_empty()).map(line).collect()
}

fn read_terms(form: &Form, funders: &[Funder], errors: &mut FieldErrors) -> Terms {
    let mut pledges = Vec::new();
    for funder in funders {
        let name = format!("pledge_{}", funder.id);
        let Some(typed) = form.optional(&name) else { continue };
        match typed.parse::<Fen>() {
            Ok(amount) if amount > Fen(0) => pledges.push((funder.id, amount)),
            Ok(_) => errors.add(name, "出资金额要大于 0，请改，或去掉这家"),
            Err(why) => errors.add(name, why.message()),
        }
    }
    let mut places = Vec::new();
    for place in form.all("places") {
        match place.parse() {
            Ok(place) => places.push(place),
            Err(_) => errors.add("places", "请从列表里选"),
        }
    }
    Terms {
        slug: form.get("slug").into(),
        name: form.required("name", errors),
        name_en: form.get("name_en").into(),
        about: form.get("about").into(),
        about_en: form.get("about_en").into(),
        phone: form.get("phone").into(),
        from_on: date_field(form, "from_on", errors),
        last_on: date_field(form, "last_on", errors),
        places,
        sponsors: read_sponsors(form.get("sponsors")),
        pledges,
    }
}

#[cfg(test)]
mod tests {
    use super::{read_sponsors, written};

    proptest::proptest! {
        #[test]
        fn sponsors_survive_being_written(
            names in proptest::collection::vec("[甲-龥]{1,8}", 0..5),
        ) {
            let lines: Vec<String> = names.iter().map(|name| format!("承办 {name}")).collect();
            let read = read_sponsors(&lines.join("\n"));
            proptest::prop_assert_eq!(read.len(), names.len());
            proptest::prop_assert_eq!(read_sponsors(&written(&read)), read);
        }
    }

    #[test]
    fn a_line_without_a_part_is_a_host() {
        let read = read_sponsors("市商务局\n支持：万象汇 | The MixC");
        assert_eq!(written(&read), "主办 市商务局\n支持 万象汇 | The MixC");
    }
}
