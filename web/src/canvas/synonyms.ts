/** Other words for operators, in both languages: what people call them elsewhere. */
const SYNONYMS: Readonly<Record<string, string>> = {
  "data.digits": "mnist sample example toy 手写数字 示例",
  "data.image_folder": "imagefolder directory load dataset 目录 文件夹 读取 数据集",
  "data.image_zip": "upload archive load dataset 上传 压缩包 读取 数据集",
  "data.image_list": "csv tsv jsonl annotations 标注 列表 表格",
  "data.image_parquet": "huggingface hub parquet 抱抱脸",
  "data.image_arrow": "huggingface datasets arrow",
  "data.split": "train validation test holdout partition 划分 拆分 训练集 验证集 测试集",
  "data.select": "filter subset sample limit 筛选 子集 抽样",
  "data.statistics": "eda profile histogram duplicates leak balance 统计 分布 重复 泄漏",
  "image.resize": "scale size 缩放 尺寸",
  "image.normalize": "standardise mean std 标准化 均值 方差",
  "image.flip": "mirror augment augmentation 镜像 翻转 增强",
  "image.rotate": "turn augment augmentation 旋转 增强",
  "image.random_crop": "augment augmentation 随机裁剪 增强",
  "image.random_resized_crop": "augment augmentation inception 随机裁剪 增强",
  "image.color_jitter": "brightness contrast saturation hue augment 亮度 对比度 饱和度 增强",
  "image.rand_augment": "randaugment augmentation 自动增强",
  "image.trivial_augment": "trivialaugment augmentation 自动增强",
  "image.mixup": "mix blend augmentation 混合 增强",
  "image.cutmix": "mix paste augmentation 混合 增强",
  "image.erase": "cutout random erasing augmentation 擦除 增强",
  "image.cache": "preprocess precompute speed 缓存 预处理 加速",
  "image.function": "python custom lambda 自定义 代码",
  "models.image_classifier": "network cnn resnet vit backbone architecture 网络 骨干 分类器",
  "models.profile": "flops macs params size 参数量 计算量",
  "models.import_weights": "checkpoint pretrained pth safetensors 预训练 权重",
  "models.load": "checkpoint pretrained open 加载 打开",
  train: "fit learn optimise finetune fine-tune 训练 微调 拟合 学习",
  "training.forecast": "estimate time memory eta 预估 时间 显存",
  evaluate: "test score accuracy metrics confusion 评估 测试 准确率 混淆矩阵",
  compare: "ab test significance mcnemar 比较 对比 显著性",
  predict: "inference infer apply 推理 预测",
  export: "onnx deploy runtime 导出 部署",
};

/** The other words of an operator; none for those that projects add. */
export function synonymsOf(operator: string): readonly string[] {
  return SYNONYMS[operator]?.split(" ") ?? [];
}
