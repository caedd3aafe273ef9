/** Made-up names of people and providers. */
export const SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗";
export const GIVEN = [
  "桂英",
  "秀兰",
  "淑珍",
  "建国",
  "玉兰",
  "志强",
  "凤英",
  "德明",
  "秀英",
  "国华",
  "玉珍",
  "文华",
  "桂芳",
  "永福",
  "美芳",
  "金宝",
];
export const NAMES = ["福寿", "安康", "长宁", "颐和", "银龄", "和家", "春晖", "松鹤", "康乐", "夕阳红"];
