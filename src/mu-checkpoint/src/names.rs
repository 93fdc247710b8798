//! What other programs call the tensors that a network here calls as torchvision does.

/// What PyTorch's wrappers put between the parts of a name: DataParallel, torch.compile, FSDP.
const WRAPPERS: [&str; 4] = ["module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

/// Tensors that follow from the architecture, or count steps: nobody misses them.
const DERIVED: [&str; 6] = [
    "num_batches_tracked",
    "relative_position_index",
    "attn_mask",
    "upper_lower_mask",
    "left_right_mask",
    "total_ops",
];

/// Whether a tensor says nothing that the network does not know.
pub(crate) fn is_derived(name: &str) -> bool {
    DERIVED.iter().any(|end| name.ends_with(end))
}

/// A name without wrappers' parts.
pub(crate) fn unwrapped(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').filter(|part| !WRAPPERS.contains(part)).collect();
    parts.join(".")
}

/// Another program's name → a network's.
pub(crate) type Rename = fn(&str) -> Option<String>;

/// timm's names → torchvision's, for vision transformers, Swin transformers and VGG. (Its ResNets have torchvision's.)
pub(crate) const TIMM: [Rename; 3] = [vit, swin, vgg];

fn vit(name: &str) -> Option<String> {
    Some(match name {
        "cls_token" => "class_token".to_owned(),
        "pos_embed" => "encoder.pos_embedding".to_owned(),
        _ => {
            let part = |from: &str, to: &str| name.strip_prefix(from).map(|rest| format!("{to}{rest}"));
            if let Some(rest) = name.strip_prefix("blocks.") {
                let (number, rest) = rest.split_once('.')?;
                let rest = first(
                    rest,
                    &[
                        ("norm1.", "ln_1."),
                        ("norm2.", "ln_2."),
                        ("attn.qkv.", "self_attention.in_proj_"),
                        ("attn.proj.", "self_attention.out_proj."),
                        ("mlp.fc1.", "mlp.0."),
                        ("mlp.fc2.", "mlp.3."),
                    ],
                )?;
                return Some(format!("encoder.layers.encoder_layer_{number}.{rest}"));
            }
            part("patch_embed.proj.", "conv_proj.")
                .or_else(|| part("norm.", "encoder.ln."))
                .or_else(|| part("head.", "heads.head."))?
        }
    })
}

fn swin(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("layers.") {
        let (stage, rest) = rest.split_once('.')?;
        let stage: usize = stage.parse().ok()?;
        if let Some(rest) = rest.strip_prefix("downsample.") {
            return Some(format!("features.{}.{rest}", 2 * stage));
        }
        let (block, rest) = rest.strip_prefix("blocks.")?.split_once('.')?;
        let rest = first(rest, &[("mlp.fc1.", "mlp.0."), ("mlp.fc2.", "mlp.3."), ("", "")])?;
        return Some(format!("features.{}.{block}.{rest}", 2 * stage + 1));
    }
    first(
        name,
        &[
            ("patch_embed.proj.", "features.0.0."),
            ("patch_embed.norm.", "features.0.2."),
            ("head.fc.", "head."),
            ("norm.", "norm."),
        ],
    )
}

fn vgg(name: &str) -> Option<String> {
    first(
        name,
        &[
            ("pre_logits.fc1.", "classifier.0."),
            ("pre_logits.fc2.", "classifier.3."),
            ("head.fc.", "classifier.6."),
            ("features.", "features."),
        ],
    )
}

fn first(name: &str, rules: &[(&str, &str)]) -> Option<String> {
    rules.iter().find_map(|(from, to)| name.strip_prefix(from).map(|rest| format!("{to}{rest}")))
}
