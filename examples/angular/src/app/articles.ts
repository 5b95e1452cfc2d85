export interface Article {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

export const ARTICLES: readonly Article[] = [
  { id: 'teapot', name: 'Teapot', price: 38 },
  { id: 'kettle', name: 'Kettle', price: 54 },
  { id: 'cup', name: 'Cup', price: 9 },
];
